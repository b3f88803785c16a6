/** A pack of a few random matrices without a model, for tests of products alone. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MatrixWeights } from '../../main/attention/product-checks.ts';
import type { RemoteMatrix } from '../../main/inference/multiplier.ts';
import type { TestingAddon } from './testing-addon.ts';

export interface SmallPack {
  readonly root: string;
  readonly id: Uint8Array;
  readonly matrices: readonly RemoteMatrix[];
  /** As a client reads them. */
  readonly readWeights: (matrix: RemoteMatrix) => Promise<MatrixWeights>;
  /** The exact product, computed here with plain integers. */
  product(matrix: RemoteMatrix, rows: Uint8Array, count: number): Int32Array;
}

export interface Size {
  readonly inputs: number;
  readonly outputs: number;
}

/** Writes the pack to `root`, in the format that `sotto-pack` writes. */
export function writeSmallPack(root: string, sizes: readonly Size[], addon: TestingAddon): SmallPack {
  const weights = sizes.map(({ inputs, outputs }, index) => randomWeights(inputs * outputs, index));
  const matrices = sizes.map(({ inputs, outputs }, index): RemoteMatrix => {
    const facts = addon.assess(weights[index] ?? new Int8Array(), inputs, outputs);
    return { index, name: `matrix.${index}`, layer: index, inputs, outputs, ...facts };
  });
  const weightsOf = (matrix: RemoteMatrix) => weights[matrix.index] ?? new Int8Array();
  const id = writePack(root, matrices, weights);
  return {
    root,
    id,
    matrices,
    readWeights: (matrix) =>
      Promise.resolve({
        weights: new Uint8Array(weightsOf(matrix).buffer),
        layout: 'output-major',
        zeroPoint: 0,
      }),
    product: (matrix, rows, count) => product(matrix, weightsOf(matrix), rows, count),
  };
}

/** Rows of varied values, zero point 128. */
export function someRows(count: number, inputs: number, seed = 1): Uint8Array {
  const next = xorshift(seed);
  return Uint8Array.from({ length: count * inputs }, () => 1 + (next() % 255));
}

function product({ inputs, outputs }: Size, weights: Int8Array, rows: Uint8Array, count: number): Int32Array {
  const sums = new Int32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        sum += (weights[output * inputs + input] ?? 0) * ((rows[row * inputs + input] ?? 0) - 128);
      }
      sums[row * outputs + output] = sum;
    }
  }
  return sums;
}

/** Rounded normal deviates with standard deviation 32, the shape of per-channel quantised weights. */
function randomWeights(length: number, seed: number): Int8Array {
  const next = xorshift(seed + 17);
  const uniform = () => ((next() >>> 0) + 1) / 2 ** 32;
  return Int8Array.from({ length }, () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.max(-127, Math.min(127, Math.round(32 * normal)));
  });
}

/** Non-negative 32-bit numbers (Marsaglia's xorshift32). */
function xorshift(seed: number): () => number {
  let state = seed * 0x9e3779b9 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function writePack(
  root: string,
  matrices: readonly RemoteMatrix[],
  weights: readonly Int8Array[],
): Uint8Array {
  const data = Buffer.concat(weights.map(({ buffer }) => new Uint8Array(buffer)));
  let offset = 0;
  const server = JSON.stringify({
    format: 'sotto-server-pack/1',
    name: 'small',
    private: false,
    matrices: matrices.map(({ index, name, inputs, outputs, t, rangeBound, noiseLog2, failureLog2 }) => {
      const length = inputs * outputs;
      const entry = {
        index,
        name,
        inputs,
        outputs,
        t,
        range_bound: rangeBound,
        noise_log2: noiseLog2,
        failure_log2: failureLog2,
        offset,
        length,
        sha256: sha256(data.subarray(offset, offset + length)).toString('hex'),
      };
      offset += length;
      return entry;
    }),
    data: { file: 'matrices.bin', bytes: data.length, sha256: sha256(data).toString('hex') },
  });
  const id = sha256(Buffer.from(server));
  const note = Buffer.from('nothing but a test\n');
  const client = JSON.stringify({
    format: 'sotto-pack/1',
    pack: id.toString('hex'),
    files: [{ path: 'note.txt', bytes: note.length, sha256: sha256(note).toString('hex') }],
  });
  mkdirSync(join(root, 'server'), { recursive: true });
  mkdirSync(join(root, 'client'), { recursive: true });
  writeFileSync(join(root, 'server', 'matrices.bin'), data);
  writeFileSync(join(root, 'server', 'manifest.json'), server);
  writeFileSync(join(root, 'client', 'note.txt'), note);
  writeFileSync(join(root, 'client', 'manifest.json'), client);
  return new Uint8Array(id);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
