/** What can be said of ciphertexts and keys without any key of the user's: made under one that is thrown away. */
import { randomBytes } from 'node:crypto';
import type { RemoteMatrix } from '../inference/multiplier.ts';
import { loadAddon } from './addon.ts';
import type { SecretKey } from './addon.ts';

export interface RequestSample {
  /** How a request's ciphertext begins. */
  readonly head: Uint8Array;
  /** Length of the whole ciphertext. */
  readonly bytes: number;
}

const headBytes = 64;

/** A real ciphertext of zeros, as `bucket` rows to this matrix would be sent. */
export async function sampleRequest(matrix: RemoteMatrix, bucket: number): Promise<RequestSample> {
  const ciphertext = await withThrowAwayKey((key) =>
    key.encrypt(matrix, new Uint8Array(bucket * matrix.inputs).fill(128), bucket, 0n),
  );
  return { head: ciphertext.slice(0, headBytes), bytes: ciphertext.length };
}

let keyBytes: Promise<number> | undefined;

/** Length of a session key's evaluation keys; the same for every key. */
export function evaluationKeyBytes(): Promise<number> {
  keyBytes ??= withThrowAwayKey(async (key) => (await key.evaluationKeys()).length);
  return keyBytes;
}

async function withThrowAwayKey<T>(use: (key: SecretKey) => Promise<T>): Promise<T> {
  const seed = randomBytes(32);
  const key = loadAddon().SecretKey.fromSeed(seed);
  seed.fill(0);
  try {
    return await use(key);
  } finally {
    key.destroy();
  }
}
