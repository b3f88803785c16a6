import { readMatrixWeights } from '../packs/pack.ts';
import type { Pack } from '../packs/pack.ts';
import type { Multiplier } from './multiplier.ts';

/** An independent local product, in plain loops over int32: what the encrypted route must equal. */
export async function createPlainMultiplier(pack: Pack): Promise<Multiplier> {
  const all = await Promise.all(pack.matrices.map((matrix) => readMatrixWeights(pack, matrix)));
  return {
    multiply({ index, inputs, outputs }, rows, count) {
      const read = all[index];
      if (!read) throw new Error(`no weights of matrix ${index}`);
      const { weights, zeroPoint } = read;
      const sums = new Int32Array(count * outputs);
      for (let row = 0; row < count; row++) {
        for (let i = 0; i < inputs; i++) {
          const x = (rows[row * inputs + i] ?? 0) - 128;
          for (let o = 0; o < outputs; o++) {
            const at = row * outputs + o;
            sums[at] = (sums[at] ?? 0) + x * ((weights[i * outputs + o] ?? 0) - zeroPoint);
          }
        }
      }
      return Promise.resolve(sums);
    },
  };
}
