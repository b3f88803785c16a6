/** Every attention matrix of GPT-2 small, through the real server: exact, within its bounds, close to the floats. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRig } from './rig.ts';
import type { Rig } from './rig.ts';
import {
  integerProduct,
  layerInputs,
  layers,
  linear,
  missingData,
  quantise,
  quantiseRow,
  readTensors,
} from './weights.ts';

const missing = missingData();
if (missing) console.log(`gpt2-attention: ${missing}`);

describe.skipIf(missing !== undefined)('the attention of GPT-2 small under encryption', () => {
  let dir: string;
  let rig: Rig;
  const tensors = missing ? new Map() : readTensors();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sotto-gpt2-'));
    rig = await openRig(dir);
  });
  afterAll(async () => {
    await rig.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('has 24 remote matrices whose bounds hold', () => {
    expect(rig.pack.matrices).toHaveLength(2 * layers);
    for (const matrix of rig.pack.matrices) {
      expect(matrix.failureLog2, matrix.name).toBeLessThanOrEqual(-128);
      expect(matrix.t, matrix.name).toBeGreaterThan(2 * matrix.rangeBound);
    }
  });

  it.each(Array.from({ length: layers }, (_, layer) => layer))(
    'layer %i: exact products, and cosine >= 0.999 with the float product',
    async (layer) => {
      const rows = 4;
      const inputs = layerInputs(tensors, layer, rows, 20260101);
      for (const [part, x] of [
        ['c_attn', inputs.qkv],
        ['c_proj', inputs.out],
      ] as const) {
        const matrix = quantise(tensors, `h.${layer}.attn.${part}`);
        const remote = rig.matrix(layer, part);
        const quantised = Array.from({ length: rows }, (_, r) =>
          quantiseRow(x.subarray(r * matrix.inputs, (r + 1) * matrix.inputs)),
        );
        const bytes = new Uint8Array(rows * matrix.inputs);
        quantised.forEach((row, r) => bytes.set(row.bytes, r * matrix.inputs));

        const sums = await rig.multiplier.multiply(remote, bytes, rows, AbortSignal.timeout(60_000));
        expect(sums, `${remote.name} in plain integers`).toEqual(integerProduct(matrix, bytes));
        expect(sums.every((sum) => Math.abs(sum) <= remote.rangeBound)).toBe(true);

        const wanted = linear(matrix, x);
        for (const [r, row] of quantised.entries()) {
          const got = Float32Array.from({ length: matrix.outputs }, (_, o) => {
            const sum = sums[r * matrix.outputs + o] ?? NaN;
            return sum * row.scale * (matrix.scales[o] ?? NaN) + (matrix.bias[o] ?? NaN);
          });
          const reference = wanted.subarray(r * matrix.outputs, (r + 1) * matrix.outputs);
          expect(cosine(got, reference), `${remote.name}, row ${r}`).toBeGreaterThanOrEqual(0.999);
        }
      }
      expect(rig.multiplier.verified.failed).toBe(0);
    },
  );
});

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? NaN;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
