import type { Failure } from '../../app/failure/failure.ts';
import type { RemoteMatrix } from '../packs/manifest.ts';

export type { RemoteMatrix };

/**
 * Multiplies quantised rows by a remote matrix, exactly. Whether it does so here or on the server under encryption
 * cannot be told from its results.
 */
export interface Multiplier {
  /**
   * @param rows [count][inputs], zero point 128. Read only until the promise settles; never kept or written.
   * @param count 1..64 rows of one step.
   * @returns [count][outputs]: the exact int32 sums of weight times (row - 128).
   * @throws Failure `cancelled` after an abort; `server` or `integrity` from the encrypted one. A step is never tried
   * again.
   */
  multiply(matrix: RemoteMatrix, rows: Uint8Array, count: number, signal: AbortSignal): Promise<Int32Array>;
  /**
   * Since a product was wrong: the answer is to be discarded, and goes on to its greatest length all the same. Where a
   * client stopped would tell the server which product was found to be wrong, and that those before were not.
   */
  readonly spoilt?: Spoilt | undefined;
}

export interface Spoilt {
  /** Gives up what the server may not see used again. @returns why the answer is discarded. Safe to repeat. */
  end(): Promise<Failure>;
}
