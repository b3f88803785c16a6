/**
 * OpenAI's attention weights of GPT-2 small, from the safetensors file that tests use: reading, quantising,
 * and rows such as the layers see them. The file holds no token embedding and no MLP, so it cannot
 * generate text; it is the real thing for everything that concerns the attention matrices.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const dataDir = join(root, '..', 'shared', 'data', 'gpt2-attention');

/** Says what is missing where the data folder is absent; else undefined. */
export function missingData(): string | undefined {
  const file = join(dataDir, 'model.safetensors');
  return existsSync(file) ? undefined : 'skipped: the folder ../shared/data/gpt2-attention is absent';
}

export const layers = 12;
export const hidden = 768;
export const heads = 12;

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** A linear layer's weights, int8 per output channel. */
export interface QuantisedMatrix {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs][inputs], each in -127..127. */
  readonly weights: Int8Array;
  /** [outputs]: weight = weights * scale. */
  readonly scales: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
  /** [outputs][inputs], as stored. */
  readonly float: Float32Array;
}

/** IEEE 754 binary16 to a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

export function readTensors(dir: string = dataDir): Map<string, Tensor> {
  const bytes = readFileSync(join(dir, 'model.safetensors'));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString('utf8')) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const table = Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (entry.dtype !== 'F16') throw new Error(`${name} is ${entry.dtype}, not F16`);
    const begin = 8 + headerLength + entry.data_offsets[0];
    const count = (entry.data_offsets[1] - entry.data_offsets[0]) / 2;
    const data = Float32Array.from(
      { length: count },
      (_, i) => table[bytes.readUInt16LE(begin + 2 * i)] ?? NaN,
    );
    tensors.set(name.replace(/^transformer\./, ''), { shape: entry.shape, data });
  }
  return tensors;
}

function tensor(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const found = tensors.get(name);
  if (!found) throw new Error(`the file has no tensor ${name}`);
  return found;
}

/** Hugging Face stores GPT-2's linear layers as Conv1D: [inputs][outputs]. */
export function quantise(tensors: ReadonlyMap<string, Tensor>, name: string): QuantisedMatrix {
  const { shape, data } = tensor(tensors, `${name}.weight`);
  const [inputs = 0, outputs = 0] = shape;
  const weights = new Int8Array(inputs * outputs);
  const float = new Float32Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let largest = 0;
    for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(data[i * outputs + o] ?? 0));
    const scale = Math.fround(largest / 127);
    scales[o] = scale;
    for (let i = 0; i < inputs; i++) {
      const value = data[i * outputs + o] ?? 0;
      float[o * inputs + i] = value;
      weights[o * inputs + i] = scale === 0 ? 0 : step(value, scale);
    }
  }
  return { name, inputs, outputs, weights, scales, bias: tensor(tensors, `${name}.bias`).data, float };
}

/** As the pack builder rounds: in single precision, halves to even. */
function step(value: number, scale: number): number {
  const ratio = Math.fround(value / scale);
  const below = Math.floor(ratio);
  const up = ratio - below > 0.5 || (ratio - below === 0.5 && below % 2 !== 0);
  return Math.max(-127, Math.min(127, below + (up ? 1 : 0)));
}

export interface QuantisedRow {
  /** [inputs], zero point 128. */
  readonly bytes: Uint8Array;
  readonly scale: number;
}

/** int8 per row, scale absmax / 127. */
export function quantiseRow(row: Float32Array): QuantisedRow {
  const scale =
    Math.max(
      1e-12,
      row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
    ) / 127;
  const bytes = Uint8Array.from(
    row,
    (value) => Math.max(-127, Math.min(127, Math.round(value / scale))) + 128,
  );
  return { bytes, scale };
}

/** y = W x + b in floating point; `x` is [rows][inputs], the result [rows][outputs]. */
export function linear(matrix: QuantisedMatrix, x: Float32Array): Float32Array {
  const rows = x.length / matrix.inputs;
  const y = new Float32Array(rows * matrix.outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < matrix.outputs; o++) {
      let sum = matrix.bias[o] ?? 0;
      for (let i = 0; i < matrix.inputs; i++) {
        sum += (matrix.float[o * matrix.inputs + i] ?? 0) * (x[r * matrix.inputs + i] ?? 0);
      }
      y[r * matrix.outputs + o] = sum;
    }
  }
  return y;
}

/** The exact product of quantised rows, [rows][outputs], in plain integers. */
export function integerProduct(matrix: QuantisedMatrix, bytes: Uint8Array): Int32Array {
  const rows = bytes.length / matrix.inputs;
  const y = new Int32Array(rows * matrix.outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < matrix.outputs; o++) {
      let sum = 0;
      for (let i = 0; i < matrix.inputs; i++) {
        sum += (matrix.weights[o * matrix.inputs + i] ?? 0) * ((bytes[r * matrix.inputs + i] ?? 128) - 128);
      }
      y[r * matrix.outputs + o] = sum;
    }
  }
  return y;
}

/** Reproducible numbers in 0..1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Inputs of a layer's two attention matrices for `rows` positions, in floating point: a residual stream of
 * position embedding plus noise of a token embedding's size, through the layer's own norm; and the context
 * that causal attention makes of it. Rows are [rows][768].
 */
export function layerInputs(
  tensors: ReadonlyMap<string, Tensor>,
  layer: number,
  rows: number,
  seed: number,
): { qkv: Float32Array; out: Float32Array } {
  const random = randomNumbers(seed + 1000 * layer);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const positions = tensor(tensors, 'wpe.weight').data;
  const gain = tensor(tensors, `h.${layer}.ln_1.weight`).data;
  const shift = tensor(tensors, `h.${layer}.ln_1.bias`).data;
  const qkvInput = new Float32Array(rows * hidden);
  for (let r = 0; r < rows; r++) {
    const x = Float32Array.from(
      { length: hidden },
      (_, i) => (positions[r * hidden + i] ?? 0) + 0.14 * normal(),
    );
    const mean = x.reduce((sum, value) => sum + value, 0) / hidden;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden;
    for (let i = 0; i < hidden; i++) {
      const normed = ((x[i] ?? 0) - mean) / Math.sqrt(variance + 1e-5);
      qkvInput[r * hidden + i] = normed * (gain[i] ?? 0) + (shift[i] ?? 0);
    }
  }
  const qkv = linear(quantise(tensors, `h.${layer}.attn.c_attn`), qkvInput);
  return { qkv: qkvInput, out: causalAttention(qkv, rows) };
}

/** Softmax attention of every head over the rows before and including each; `qkv` is [rows][3 * 768]. */
function causalAttention(qkv: Float32Array, rows: number): Float32Array {
  const size = hidden / heads;
  const at = (row: number, part: number, head: number, i: number) =>
    qkv[row * 3 * hidden + part * hidden + head * size + i] ?? 0;
  const context = new Float32Array(rows * hidden);
  for (let head = 0; head < heads; head++) {
    for (let r = 0; r < rows; r++) {
      const scores = Array.from({ length: r + 1 }, (_, k) => {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += at(r, 0, head, i) * at(k, 1, head, i);
        return dot / Math.sqrt(size);
      });
      const largest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - largest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = 0; k <= r; k++) sum += ((weights[k] ?? 0) / total) * at(k, 2, head, i);
        context[r * hidden + head * size + i] = sum;
      }
    }
  }
  return context;
}
