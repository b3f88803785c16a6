/**
 * A row has the same bits whatever rows are with it, wherever among them it is, and however long the cache is.
 * This is what makes policies agree, and what keeps a secret row out of a clear row's result.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlan } from '../../app/plan/plan.ts';
import { createEngine } from '../../main/inference/engine.ts';
import type { Model } from '../../main/inference/model.ts';
import { loadModel } from '../../main/inference/model.ts';
import { planModelOf } from '../../main/inference/plan-model.ts';
import { openPack } from '../../main/packs/pack.ts';
import { randomNumbers } from '../gpt2-attention/weights.ts';
import { randomValues } from './checkpoint.ts';
import { defaultPack, missingBuilder, PackFolder } from './packs.ts';
import type { Numbers, SessionOptions } from './row-checks.ts';
import {
  asUsed,
  bytesOf,
  checkAttention,
  checkGraphs,
  checkOptimisation,
  differingRows,
} from './row-checks.ts';

/** Runs a program on another processor (Debian: qemu-user). */
const emulator = '/usr/bin/qemu-x86_64';
const missingEmulator =
  process.platform === 'linux' && process.arch === 'x64' && existsSync(emulator)
    ? undefined
    : 'skipped: kernels for other processors (they need qemu-user on Linux, x64)';
if (missingEmulator) console.log(missingEmulator);

const sessions: Record<string, SessionOptions> = {
  'one thread': asUsed,
  'two threads': { ...asUsed, intraOpNumThreads: 2 },
  'no optimisation': { ...asUsed, graphOptimizationLevel: 'disabled' },
};

/** Processors, as QEMU names them, whose kernels are others than this machine's. */
const processors: Record<string, string> = {
  'Haswell-noTSX': 'AVX2 without VNNI',
  Nehalem: 'SSE4',
};

if (missingBuilder) console.log(missingBuilder);

describe.skipIf(missingBuilder)('graphs of a pack', () => {
  const folder = new PackFolder();
  const packs: Record<string, string> = {};
  beforeAll(() => {
    const tiny = { layers: 1, hidden: 48, heads: 3, context: 128, vocabulary: 300 };
    const whole = { layers: 1, hidden: 384, heads: 6, context: 512, vocabulary: 1000 };
    packs.tiny = folder.make('tiny', tiny, randomValues(1), ['--remote', 'all']);
    packs.attention = folder.make('attention', whole, randomValues(2));
    // Heads over 128 need a longer granule of the cache.
    const long = { layers: 1, hidden: 384, heads: 2, context: 512, vocabulary: 300 };
    packs.long = folder.make('long', long, randomValues(5));
    packs.all = folder.make('all', whole, randomValues(2), ['--remote', 'all']);
  });
  afterAll(() => folder.remove());

  for (const name of ['tiny', 'long', 'attention', 'all']) {
    for (const [how, options] of Object.entries(sessions)) {
      test(`${name}, ${how}: rows do not depend on each other`, async () => {
        expect(await checkGraphs(await openPack(packs[name] ?? ''), options)).toEqual([]);
      });

      test(`${name}, ${how}: attention depends on what it may see alone`, async () => {
        expect(await checkAttention(await openPack(packs[name] ?? ''), options)).toEqual([]);
      });
    }

    test(`${name}: what ONNX Runtime makes of the graphs computes the same`, async () => {
      expect(await checkOptimisation(await openPack(packs[name] ?? ''))).toEqual([]);
    });
  }

  for (const [processor, kernels] of Object.entries(processors)) {
    test.skipIf(missingEmulator)(
      `tiny, ${kernels}: rows do not depend on each other, products are exact`,
      () => {
        const script = join(import.meta.dirname, 'check-pack.ts');
        const args = ['-cpu', processor, process.execPath, script, packs.tiny ?? ''];
        const complaints = execFileSync(emulator, args, {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        expect(JSON.parse(complaints)).toEqual([]);
      },
    );
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
