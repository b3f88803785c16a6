/**
 * Checks that a graph gives a row the same bits whatever rows are with it, and wherever among them it is. A check
 * returns its complaints, so that it can run in another process.
 */
import { join } from 'node:path';
import type * as ort from 'onnxruntime-node';
import { onnx } from '../../main/installation/onnx-runtime.ts';
import type { Pack } from '../../main/packs/pack.ts';
import { randomNumbers } from '../gpt2-attention/weights.ts';

export type SessionOptions = ort.InferenceSession.SessionOptions;

/** As main/inference loads graphs. */
export const asUsed: SessionOptions = { intraOpNumThreads: 1, graphOptimizationLevel: 'all' };

/** The graph of attention, which has its own check. */
const attend = 'attend.onnx';

export type Numbers = Float32Array | Int32Array | Uint8Array;
/** A tensor of rows: [rows][width]. */
interface Rows {
  readonly type: 'float32' | 'int32' | 'uint8';
  /** Sizes behind the first one. */
  readonly dims: readonly number[];
  readonly width: number;
  readonly data: Numbers;
}

const all = 70;
/** Where and with how many others a row is computed again: [rows, first row]. */
const places = [
  [1, 0],
  [1, 33],
  [2, 5],
  [3, 41],
  [5, 12],
  [7, 63],
  [8, 1],
  [12, 20],
  [13, 55],
  [31, 3],
  [32, 37],
  [64, 6],
] as const;

/** Every graph of a pack but attention. */
export async function checkGraphs(pack: Pack, options: SessionOptions): Promise<string[]> {
  const complaints: string[] = [];
  for (const path of graphsOf(pack)) {
    const session = await onnx.InferenceSession.create(join(pack.dir, path), options);
    complaints.push(...(await checkGraph(session, pack, path)));
    await session.release();
  }
  return complaints;
}

/**
 * ONNX Runtime rewrites graphs while it loads them. What becomes of those of a pack computes the same as they do, to
 * a few roundings.
 */
export async function checkOptimisation(pack: Pack): Promise<string[]> {
  const complaints: string[] = [];
  for (const path of graphsOf(pack)) {
    const outputs = [];
    for (const options of [asUsed, { ...asUsed, graphOptimizationLevel: 'disabled' } as const]) {
      const session = await onnx.InferenceSession.create(join(pack.dir, path), options);
      outputs.push(await session.run(feedsOf(inputsOf(session, pack, path), 0, all, all)));
      await session.release();
    }
    const [optimised = {}, plain = {}] = outputs;
    for (const name of Object.keys(plain)) {
      const difference = largestDifference(optimised[name], plain[name]);
      // A rounding may move a quantised number by one step.
      const limit = name === 'q' ? 0.01 : 1e-5;
      if (!(difference < limit))
        complaints.push(`${path}: ${name} differs by ${difference} of its row's largest`);
    }
  }
  return complaints;
}

function graphsOf(pack: Pack): string[] {
  return pack.files.map((file) => file.path).filter((path) => path.endsWith('.onnx') && path !== attend);
}

/** Largest difference of an element, as a share of the largest element of its row. */
function largestDifference(a: ort.Tensor | undefined, b: ort.Tensor | undefined): number {
  const [found, expected] = [a?.data as Float32Array, b?.data as Float32Array];
  const width = expected.length / all;
  let largest = 0;
  for (let row = 0; row < all; row++) {
    let scale = 0;
    let difference = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      scale = Math.max(scale, Math.abs(expected[i] ?? NaN));
      difference = Math.max(difference, Math.abs((found[i] ?? NaN) - (expected[i] ?? NaN)));
    }
    largest = Math.max(largest, difference === 0 ? 0 : difference / scale);
  }
  return largest;
}

/** Runs a graph on many rows at once, and again on some of them in other company. */
async function checkGraph(session: ort.InferenceSession, pack: Pack, path: string): Promise<string[]> {
  const complaints: string[] = [];
  const inputs = inputsOf(session, pack, path);
  const reference = await session.run(feedsOf(inputs, 0, all, all));
  for (const [count, first] of places) {
    const padded = Math.max(count, pack.padding.rows);
    const outputs = await session.run(feedsOf(inputs, first, count, padded));
    for (const name of session.outputNames) {
      const [expected, found] = [reference[name], outputs[name]].map((tensor) =>
        bytesOf(tensor?.data as Numbers),
      );
      const width = (expected?.length ?? 0) / all;
      const same = Buffer.compare(
        found?.subarray(0, count * width) ?? new Uint8Array(),
        expected?.subarray(first * width, (first + count) * width) ?? new Uint8Array(1),
      );
      if (same !== 0) complaints.push(`${path}: ${name} of ${count} rows from row ${first}`);
    }
  }
  return complaints;
}

/** Rows for each of a graph's inputs; the same ones for the same path. */
function inputsOf(
  session: ort.InferenceSession,
  pack: Pack,
  path: string,
): ReadonlyMap<string, Rows | BigInt64Array> {
  const random = randomNumbers(path.length);
  const inputs = new Map<string, Rows | BigInt64Array>();
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const dims = input.shape.slice(1).map(Number);
    if (input.type === 'int64') {
      const limit = input.name === 'ids' ? pack.model.vocabulary : pack.model.context;
      const ids = BigInt64Array.from({ length: all }, () => BigInt(Math.floor(random() * limit)));
      inputs.set(input.name, ids);
    } else {
      inputs.set(input.name, randomRows(input.name, input.type as Rows['type'], dims, random));
    }
  }
  return inputs;
}

/**
 * Rows of every kind that a model can meet: usual ones, and rows of zeros, of huge and of tiny numbers, of one large
 * number among small ones, and integers at the ends of their range.
 */
function randomRows(name: string, type: Rows['type'], dims: readonly number[], random: () => number): Rows {
  const width = dims.reduce((product, size) => product * size, 1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const make = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[type];
  const data = new make(all * width);
  for (let row = 0; row < all; row++) {
    const kind = row % 8;
    const scale = [1, 30, 1e-6, 1e6, 1, 0.01, 0, 1][kind] ?? 1;
    for (let column = 0; column < width; column++) {
      const index = row * width + column;
      if (type === 'uint8') data[index] = kind === 1 ? 255 : kind === 3 ? 1 : Math.floor(random() * 256);
      else if (type === 'int32') data[index] = Math.round((kind === 1 ? 2 ** 24 : 30_000) * normal());
      else if (name === 's') data[index] = Math.fround(0.001 + 0.1 * random()) * (kind === 2 ? 1e-9 : 1);
      else data[index] = scale * normal() + (kind === 4 && column === 7 ? 1000 : 0);
    }
  }
  return { type, dims, width, data };
}

/** `count` rows from `first`, with rows of zeros behind them up to `padded`. */
function feedsOf(
  inputs: ReadonlyMap<string, Rows | BigInt64Array>,
  first: number,
  count: number,
  padded: number,
): Record<string, ort.Tensor> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, rows] of inputs) {
    if (rows instanceof BigInt64Array) {
      const data = new BigInt64Array(padded);
      data.set(rows.subarray(first, first + count));
      feeds[name] = new onnx.Tensor('int64', data, [padded]);
      continue;
    }
    const data = new (rows.data.constructor as typeof Float32Array)(padded * rows.width);
    data.set(rows.data.subarray(first * rows.width, (first + count) * rows.width));
    feeds[name] = new onnx.Tensor(rows.type, data, [padded, ...rows.dims]);
  }
  return feeds;
}

/**
 * Each row of a prompt attends to the rows before it: alone, in steps of many sizes, with a longer cache than needed,
 * and with anything at all in the slots that its mask hides.
 * @param counts numbers of rows in a step.
 */
export async function checkAttention(
  pack: Pack,
  options: SessionOptions,
  counts = [1, 2, 3, 12, 13, 31, 64],
): Promise<string[]> {
  const session = await onnx.InferenceSession.create(join(pack.dir, attend), options);
  const complaints: string[] = [];
  const { kvHeads, headSize } = pack.model;
  const random = randomNumbers(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const [length, slot] = [300, kvHeads * headSize];
  const make = (scale: number) => Float32Array.from({ length: length * slot }, () => scale * normal());
  const [query, keys, values] = [make(2), make(2), make(1)];
  // A row with nothing but one loud key, and one whose scores are all alike.
  keys.subarray(40 * slot, 41 * slot).fill(50);
  query.subarray(90 * slot, 91 * slot).fill(0);
  // Under the policy masked-attention some earlier slots are hidden too.
  const hidden = (row: number, at: number) => at > row || (row % 5 === 1 && at % 7 === 3 && at !== row);

  const run = async (first: number, count: number, slots: number, garbage: boolean) => {
    const padded = Math.max(count, pack.padding.rows);
    const rows = new Float32Array(padded * slot);
    rows.set(query.subarray(first * slot, (first + count) * slot));
    const cache = (from: Float32Array) => {
      const data = new Float32Array(slots * slot);
      data.set(from.subarray(0, (first + count) * slot));
      if (garbage) data.fill(77, (first + count) * slot);
      return new onnx.Tensor('float32', data, [slots, kvHeads, headSize]);
    };
    const mask = new Float32Array(padded * slots);
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < slots; at++) {
        if (at >= first + count || hidden(first + row, at)) mask[row * slots + at] = -1e9;
      }
    }
    const { q, s } = await session.run({
      query: new onnx.Tensor('float32', rows, [padded, pack.model.heads, headSize]),
      keys: cache(keys),
      values: cache(values),
      mask: new onnx.Tensor('float32', mask, [padded, slots]),
    });
    return Array.from({ length: count }, (_, row) => {
      const scale = bytesOf(s?.data as Numbers).slice(row * 4, row * 4 + 4);
      return Buffer.concat([(q?.data as Uint8Array).slice(row * slot, (row + 1) * slot), scale]);
    });
  };

  const granule = pack.padding.cache;
  const whole = (slots: number) => Math.ceil(slots / granule) * granule;
  const reference = await run(0, length, whole(length), false);
  for (const count of counts) {
    for (const first of [0, 1, 50, 62, 63, 64, 100, 127, 129, 191, 235]) {
      for (const [more, garbage] of [
        [0, false],
        [granule, false],
        [4 * granule, true],
      ] as const) {
        const found = await run(first, count, whole(first + count) + more, garbage);
        const expected = reference.slice(first, first + count);
        const rows = differingRows(found, expected);
        if (rows.length > 0)
          complaints.push(`attention of ${count} rows from ${first}, ${more} slots more: ${rows.join()}`);
      }
    }
  }
  await session.release();
  return complaints;
}

/** Indices of rows that differ. */
export function differingRows(a: readonly Uint8Array[], b: readonly Uint8Array[]): number[] {
  const rows = [...Array(Math.max(a.length, b.length)).keys()];
  return rows.filter((row) => Buffer.compare(a[row] ?? new Uint8Array(), b[row] ?? new Uint8Array()) !== 0);
}

export function bytesOf(data: Numbers): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
