/** The local product is exact for every row and weight, and is made of the weights that the server has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../main/inference/model.ts';
import { loadModel } from '../../main/inference/model.ts';
import { openPack } from '../../main/packs/pack.ts';
import { randomNumbers } from '../gpt2-attention/weights.ts';
import type { Values } from './checkpoint.ts';
import { randomValues } from './checkpoint.ts';
import { missingBuilder, PackFolder } from './packs.ts';

const size = { layers: 1, hidden: 384, heads: 6, context: 64, vocabulary: 257 };

/** Every weight of a matrix at an end of the range: outputs of one sign, then of alternating signs. */
const extreme: Values = (name, shape) => {
  const values = randomValues(1)(name, shape);
  if (!/attn|mlp/.test(name) || shape.length !== 2) return values;
  const outputs = shape[1] ?? 1;
  return values.map((_, index) => {
    const [input, output] = [Math.floor(index / outputs), index % outputs];
    return output % 3 === 0 ? 1 : output % 3 === 1 ? -1 : (-1) ** input;
  });
};

describe.skipIf(missingBuilder)('the local product', () => {
  const folder = new PackFolder();
  const models: Record<string, { model: Model; dir: string }> = {};
  beforeAll(async () => {
    for (const [name, values] of [
      ['random', randomValues(4)],
      ['extreme', extreme],
    ] as const) {
      const dir = folder.make(name, size, values, ['--remote', 'all']);
      models[name] = { model: await loadModel(await openPack(dir)), dir };
    }
  });
  afterAll(async () => {
    await Promise.all(Object.values(models).map(({ model }) => model.close()));
    folder.remove();
  });

  for (const name of ['random', 'extreme']) {
    test(`is the exact product with the server's ${name} weights`, async () => {
      const { model, dir } = models[name] ?? expect.unreachable();
      const server = JSON.parse(readFileSync(join(dir, 'server', 'manifest.json'), 'utf8')) as {
        matrices: { index: number; offset: number; inputs: number; outputs: number; range_bound: number }[];
      };
      const bytes = readFileSync(join(dir, 'server', 'matrices.bin'));
      expect(server.matrices).toHaveLength(4);
      for (const { index, offset, inputs, outputs, range_bound: bound } of server.matrices) {
        const weights = new Int8Array(bytes.buffer, bytes.byteOffset + offset, inputs * outputs);
        const rows = rowsOf(inputs);
        const count = rows.length / inputs;
        const matrix = model.pack.matrices[index] ?? expect.unreachable();
        const found = await model.local.multiply(matrix, rows, count, new AbortController().signal);
        let largest = 0;
        const expected = new Int32Array(count * outputs);
        for (let row = 0; row < count; row++) {
          for (let output = 0; output < outputs; output++) {
            let sum = 0;
            for (let i = 0; i < inputs; i++) {
              sum += (weights[output * inputs + i] ?? 0) * ((rows[row * inputs + i] ?? 0) - 128);
            }
            expected[row * outputs + output] = sum;
            if (row < count - 1) largest = Math.max(largest, Math.abs(sum));
          }
        }
        expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer)), matrix.name).toBe(0);
        expect(largest).toBeLessThanOrEqual(bound);
        if (name === 'extreme') expect(largest).toBe(127 * 127 * inputs);
      }
    });
  }
});

/** Rows at the ends of the range, alternating, and random; the last one all 0, which stands for -128. */
function rowsOf(inputs: number): Uint8Array {
  const random = randomNumbers(9);
  const kinds: ((column: number) => number)[] = [
    () => 255,
    () => 1,
    (column) => (column % 2 === 0 ? 255 : 1),
    () => 128,
    () => 1 + Math.floor(random() * 255),
    () => 1 + Math.floor(random() * 255),
    () => 0,
  ];
  return Uint8Array.from(
    kinds.flatMap((kind) => Array.from({ length: inputs }, (_, column) => kind(column))),
  );
}
