import { expect, it } from 'vitest';
import type { RemoteMatrix } from '../inference/multiplier.ts';
import type { Addon } from './addon.ts';
import { createProductChecks } from './product-checks.ts';

const matrix = { index: 0 } as RemoteMatrix;
const found = { weights: new Uint8Array(4), layout: 'input-major', zeroPoint: 128 } as const;
const addon = { Verifier: { create: () => Promise.resolve({}) } } as unknown as Addon;

it('makes the check of a matrix once, and tries again where its weights could not be read', async () => {
  let reads = 0;
  const checks = createProductChecks(() => {
    reads += 1;
    return reads === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(found);
  }, addon);
  await expect(checks.of(matrix)).rejects.toThrow('EMFILE');
  const made = await checks.of(matrix);
  expect(made).not.toBeNull();
  expect(await checks.of(matrix)).toBe(made);
  expect(reads).toBe(2);
});
