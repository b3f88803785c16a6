/** Lengths of what is encrypted, known before anything is: for the preview of what an answer will send. */
import { bucketOf } from '../../app/plan/bucket.ts';
import type { Addon, MatrixFacts } from './addon.ts';
import { loadAddon } from './addon.ts';

export interface ProductSizes {
  /** Bytes of the request's ciphertext. */
  readonly ciphertextBytes: number;
  /** Bytes of the response's product. */
  readonly productBytes: number;
}

export type SizesAddon = Pick<Addon, 'requestBytes' | 'responseBytes'>;

/** Sizes of one product of `rows` rows (1 to 64), which travel as a full bucket. */
export function productSizes(
  facts: MatrixFacts,
  rows: number,
  addon: SizesAddon = loadAddon(),
): ProductSizes {
  const bucket = bucketOf(rows);
  return {
    ciphertextBytes: addon.requestBytes(facts, bucket),
    productBytes: addon.responseBytes(facts, bucket),
  };
}
