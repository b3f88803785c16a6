/** Checks that the local product is exact, and is made of the weights that the server has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '../../main/inference/model.ts';
import { randomNumbers } from '../gpt2-attention/weights.ts';

interface ServerMatrix {
  readonly index: number;
  readonly name: string;
  readonly offset: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly range_bound: number;
}

/**
 * Multiplies rows at the ends of the range, and random ones, with every matrix of a pack.
 * @param root the pack's folder, with the server bundle.
 * @returns complaints.
 */
export async function checkProducts(model: Model, root: string): Promise<string[]> {
  const manifest = readFileSync(join(root, 'server', 'manifest.json'), 'utf8');
  const { matrices } = JSON.parse(manifest) as { matrices: ServerMatrix[] };
  const bytes = readFileSync(join(root, 'server', 'matrices.bin'));
  const complaints: string[] = [];
  for (const { index, name, offset, inputs, outputs, range_bound: bound } of matrices) {
    const matrix = model.pack.matrices[index];
    if (!matrix) return [`the client bundle has no matrix ${index}`];
    const weights = new Int8Array(bytes.buffer, bytes.byteOffset + offset, inputs * outputs);
    const rows = rowsOf(inputs);
    const count = rows.length / inputs;
    const found = await model.local.multiply(matrix, rows, count, new AbortController().signal);
    const wrong = found.filter((sum, at) => {
      const [row, output] = [Math.floor(at / outputs), at % outputs];
      let expected = 0;
      for (let i = 0; i < inputs; i++) {
        expected += (weights[output * inputs + i] ?? 0) * ((rows[row * inputs + i] ?? 0) - 128);
      }
      return sum !== expected;
    });
    if (wrong.length > 0)
      complaints.push(`${name}: ${wrong.length} of ${found.length} sums are wrong, one is ${wrong[0]}`);
    const int8 = found.subarray(0, (count - 1) * outputs);
    const largest = int8.reduce((most, sum) => Math.max(most, Math.abs(sum)), 0);
    // The first row has the largest entries, and some output's weights may all have the sign that it wants.
    if (largest > bound) complaints.push(`${name}: a sum of ${largest} is over the bound ${bound}`);
  }
  return complaints;
}

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
