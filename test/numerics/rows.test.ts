/**
 * A row has the same bits whatever rows are with it, wherever among them it is, and however long the cache is.
 * This is what makes policies agree, and what keeps a secret row out of a clear row's result.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlan } from '../../app/plan/plan.ts';
import { createEngine } from '../../main/inference/engine.ts';
import type { Model } from '../../main/inference/model.ts';
import { loadModel } from '../../main/inference/model.ts';
import { planModelOf } from '../../main/inference/plan-model.ts';
import type { Pack } from '../../main/packs/pack.ts';
import { openPack } from '../../main/packs/pack.ts';
import { randomNumbers } from '../gpt2-attention/weights.ts';
import { randomValues } from './checkpoint.ts';
import { defaultPack, missingBuilder, PackFolder } from './packs.ts';

type Numbers = Float32Array | Int32Array | Uint8Array;
/** A tensor of rows: [rows][width]. */
interface Rows {
  readonly type: 'float32' | 'int32' | 'uint8';
  /** Sizes behind the first one. */
  readonly dims: readonly number[];
  readonly width: number;
  readonly data: Numbers;
}

/** As main/inference loads graphs; the last ones are what an installation might change. */
const sessions: Record<string, ort.InferenceSession.SessionOptions> = {
  'one thread': { intraOpNumThreads: 1 },
  'two threads': { intraOpNumThreads: 2 },
  'no optimisation': { intraOpNumThreads: 1, graphOptimizationLevel: 'disabled' },
};

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

if (missingBuilder) console.log(missingBuilder);

describe.skipIf(missingBuilder)('graphs of a pack', () => {
  const folder = new PackFolder();
  const packs: Record<string, string> = {};
  beforeAll(() => {
    const tiny = { layers: 1, hidden: 48, heads: 3, context: 128, vocabulary: 300 };
    const whole = { layers: 1, hidden: 384, heads: 6, context: 512, vocabulary: 1000 };
    packs.tiny = folder.make('tiny', tiny, randomValues(1), ['--remote', 'all']);
    packs.attention = folder.make('attention', whole, randomValues(2));
    packs.all = folder.make('all', whole, randomValues(2), ['--remote', 'all']);
  });
  afterAll(() => folder.remove());

  for (const name of ['tiny', 'attention', 'all']) {
    for (const [how, options] of Object.entries(sessions)) {
      test(`${name}, ${how}: rows do not depend on each other`, async () => {
        const pack = await openPack(packs[name] ?? '');
        for (const path of pack.files.map((file) => file.path).filter((file) => file.endsWith('.onnx'))) {
          if (path === 'attend.onnx') continue;
          const session = await ort.InferenceSession.create(join(pack.dir, path), options);
          await checkGraph(session, pack, path);
          await session.release();
        }
      });

      test(`${name}, ${how}: attention depends on what it may see alone`, async () => {
        const pack = await openPack(packs[name] ?? '');
        const session = await ort.InferenceSession.create(join(pack.dir, 'attend.onnx'), options);
        await checkAttention(session, pack);
        await session.release();
      });
    }
  }

  test('both forms of a model, MLP here or on the server, agree bit for bit', async () => {
    const traces = await Promise.all(
      ['attention', 'all'].map(async (name) => {
        const model = await loadModel(await openPack(packs[name] ?? ''));
        const trace = await traceOf(model, 40, 64);
        await model.close();
        return trace.get('0 x');
      }),
    );
    expect(differingRows(traces[0] ?? [], traces[1] ?? [])).toEqual([]);
  });
});

const engines: Record<string, () => string | undefined> = {
  'a small model': () => undefined,
  'the default pack': () => defaultPack,
};
for (const [name, place] of Object.entries(engines)) {
  const dir = place();
  const missing =
    dir === undefined ? missingBuilder : existsSync(dir) ? undefined : 'skipped: no default pack';
  describe.skipIf(missing)(`the engine on ${name}`, () => {
    const folder = new PackFolder();
    let model: Model;
    beforeAll(async () => {
      const size = { layers: 3, hidden: 128, heads: 4, context: 256, vocabulary: 300 };
      model = await loadModel(await openPack(dir ?? folder.make('small', size, randomValues(3))));
    });
    afterAll(async () => {
      await model.close();
      folder.remove();
    });

    test('reads a prompt in steps of any size with the same bits in every layer', async () => {
      const length = Math.min(200, model.pack.model.context - 1);
      const reference = await traceOf(model, length, 64);
      for (const rowsPerStep of [1, 2, 5, 17, 63]) {
        const trace = await traceOf(model, length, rowsPerStep);
        for (const [register, rows] of reference) {
          expect(differingRows(rows, trace.get(register) ?? []), `${rowsPerStep} rows, ${register}`).toEqual(
            [],
          );
        }
      }
    });
  });
}

/** Registers of every layer by position, as bytes, for a prompt of random tokens. */
async function traceOf(
  model: Model,
  length: number,
  rowsPerStep: number,
): Promise<Map<string, Uint8Array[]>> {
  const random = randomNumbers(11);
  const trace = new Map<string, Uint8Array[]>();
  const engine = createEngine(model, {
    multiplier: model.local,
    onStage(stage, registers, step) {
      for (const name of ['x', 'query', 'key', 'value', 'logits']) {
        const tensor = registers.get(name);
        if (!tensor) continue;
        const rows = `${stage.layer ?? 'ends'} ${name}`;
        const list = trace.get(rows) ?? [];
        trace.set(rows, list);
        const bytes = bytesOf(tensor.data as Numbers);
        const width = bytes.length / (tensor.dims[0] ?? 1);
        step.positions.forEach((position, row) => {
          list[position] = bytes.slice(row * width, (row + 1) * width);
        });
      }
    },
  });
  const tokens = Array.from({ length }, (_, index) => ({
    id: Math.floor(random() * 256),
    text: { start: index, end: index + 1 },
  }));
  const plan = makePlan({
    tokens,
    spans: [{ start: Math.floor(length / 3), end: Math.floor(length / 3) + 4 }],
    policy: 'exact',
    model: planModelOf(model.pack),
    maxNewTokens: 1,
    rowsPerStep,
  });
  await engine.score({ plan });
  return trace;
}

function differingRows(a: readonly Uint8Array[], b: readonly Uint8Array[]): number[] {
  const rows = [...Array(Math.max(a.length, b.length)).keys()];
  return rows.filter((row) => Buffer.compare(a[row] ?? new Uint8Array(), b[row] ?? new Uint8Array()) !== 0);
}

/** Runs a graph on many rows at once, and again on some of them in other company. */
async function checkGraph(session: ort.InferenceSession, pack: Pack, path: string): Promise<void> {
  const random = randomNumbers(path.length);
  const inputs = new Map<string, Rows | BigInt64Array>();
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    const dims = input.shape.slice(1).map(Number);
    if (input.type === 'int64') {
      const limit = input.name === 'ids' ? pack.model.vocabulary : pack.model.context;
      inputs.set(
        input.name,
        BigInt64Array.from({ length: all }, () => BigInt(Math.floor(random() * limit))),
      );
    } else {
      inputs.set(input.name, randomRows(input.name, input.type as Rows['type'], dims, random));
    }
  }
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
      expect(same, `${path}: ${name} of ${count} rows from row ${first}`).toBe(0);
    }
  }
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
      feeds[name] = new ort.Tensor('int64', data, [padded]);
      continue;
    }
    const data = new (rows.data.constructor as typeof Float32Array)(padded * rows.width);
    data.set(rows.data.subarray(first * rows.width, (first + count) * rows.width));
    feeds[name] = new ort.Tensor(rows.type, data, [padded, ...rows.dims]);
  }
  return feeds;
}

/**
 * Each row of a prompt attends to the rows before it: alone, in steps of many sizes, with a longer cache than needed,
 * and with anything at all in the slots that its mask hides.
 */
async function checkAttention(session: ort.InferenceSession, pack: Pack): Promise<void> {
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
      return new ort.Tensor('float32', data, [slots, kvHeads, headSize]);
    };
    const mask = new Float32Array(padded * slots);
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < slots; at++) {
        if (at >= first + count || hidden(first + row, at)) mask[row * slots + at] = -1e9;
      }
    }
    const { q, s } = await session.run({
      query: new ort.Tensor('float32', rows, [padded, pack.model.heads, headSize]),
      keys: cache(keys),
      values: cache(values),
      mask: new ort.Tensor('float32', mask, [padded, slots]),
    });
    return Array.from({ length: count }, (_, row) => {
      const scale = bytesOf(s?.data as Numbers).slice(row * 4, row * 4 + 4);
      return Buffer.concat([(q?.data as Uint8Array).slice(row * slot, (row + 1) * slot), scale]);
    });
  };

  const granule = pack.padding.cache;
  const whole = (slots: number) => Math.ceil(slots / granule) * granule;
  const reference = await run(0, length, whole(length), false);
  for (const count of [1, 2, 3, 12, 13, 31, 64]) {
    for (const first of [0, 1, 50, 62, 63, 64, 100, 127, 129, 191, 235]) {
      for (const [more, garbage] of [
        [0, false],
        [granule, false],
        [4 * granule, true],
      ] as const) {
        const found = await run(first, count, whole(first + count) + more, garbage);
        const expected = reference.slice(first, first + count);
        expect(differingRows(found, expected), `${count} rows from ${first}, ${more} slots more`).toEqual([]);
      }
    }
  }
}

function bytesOf(data: Numbers): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
