/**
 * The attention matrices of GPT-2 small with their real weights, through the real server on loopback: time, bytes
 * and bounds per matrix and per token. One row, as when an answer is written.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProductStage } from '../../main/attention/encrypted-multiplier.ts';
import { productSizes } from '../../main/attention/product-sizes.ts';
import { openRig } from '../gpt2-attention/rig.ts';
import type { Rig } from '../gpt2-attention/rig.ts';
import {
  integerProduct,
  layerInputs,
  layers,
  missingData,
  quantise,
  quantiseRow,
  readTensors,
} from '../gpt2-attention/weights.ts';
import { constant, row } from './row.ts';
import type { Benchmark, Row } from './row.ts';

const parts = ['c_attn', 'c_proj'] as const;

export const gpt2Attention: Benchmark = {
  name: 'gpt2-attention',
  about: "GPT-2 small's real attention under encryption: ms, bytes and bounds per matrix and per token",
  async run({ runs, progress }) {
    const missing = missingData();
    if (missing) throw new Error(missing);
    const dir = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
    const stages: ProductStage[] = [];
    progress('Building the pack');
    const rig = await openRig(dir, (stage) => stages.push(stage));
    try {
      return await measure(rig, stages, runs, progress);
    } finally {
      await rig.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** One matrix with the row that it gets, and what its product must be. */
interface Work {
  readonly part: (typeof parts)[number];
  readonly matrix: ReturnType<Rig['matrix']>;
  readonly bytes: Uint8Array;
  readonly wanted: Int32Array;
}

async function measure(
  rig: Rig,
  stages: ProductStage[],
  runs: number,
  progress: (text: string) => void,
): Promise<Row[]> {
  const work = prepare(rig);
  const signal = new AbortController().signal;
  let wrong = 0;
  let outputs = 0;
  const token = async () => {
    stages.length = 0;
    const began = performance.now();
    for (const { matrix, bytes, wanted } of work) {
      const sums = await rig.multiplier.multiply(matrix, bytes, 1, signal);
      wrong += sums.reduce((count, sum, i) => count + (sum === wanted[i] ? 0 : 1), 0);
      outputs += sums.length;
    }
    return { ms: performance.now() - began, stages: [...stages] };
  };
  progress('Warming up');
  await token();
  const before = rig.ledger.totals('products');
  const measured: { readonly ms: number; readonly stages: readonly ProductStage[] }[] = [];
  for (let i = 0; i < runs; i++) {
    progress(`Token ${i + 1} of ${runs}`);
    measured.push(await token());
  }
  const after = rig.ledger.totals('products');
  const sum = (of: (stage: ProductStage) => number) =>
    measured.map(({ stages: own }) => own.reduce((total, stage) => total + of(stage), 0));
  const perMatrix = parts.flatMap((part) => {
    const own = measured.flatMap((one) => one.stages.filter(({ matrix }) => matrix.name.endsWith(part)));
    const example = work.find((one) => one.part === part);
    if (!example) return [];
    const { inputs, outputs: width } = example.matrix;
    const name = `${part}-${inputs}x${width}`;
    const sizes = productSizes(example.matrix, 1);
    return [
      row(
        `${name}-server`,
        'ms',
        own.map((stage) => stage.serverMs),
      ),
      row(
        `${name}-encrypt`,
        'ms',
        own.map((stage) => stage.encryptMs),
      ),
      row(
        `${name}-verify-decrypt`,
        'ms',
        own.map((stage) => stage.decryptMs),
      ),
      constant(`${name}-request`, 'bytes', sizes.ciphertextBytes),
      constant(`${name}-response`, 'bytes', sizes.productBytes),
      row(
        `${name}-log2-t`,
        'bits',
        factsOf(rig, part, (matrix) => Math.log2(matrix.t)),
      ),
      row(
        `${name}-failure`,
        'log2',
        factsOf(rig, part, (matrix) => matrix.failureLog2),
      ),
    ];
  });
  return [
    row(
      'token-server',
      'ms',
      sum((stage) => stage.serverMs),
    ),
    row(
      'token-client',
      'ms',
      sum((stage) => stage.encryptMs + stage.decryptMs),
    ),
    row(
      'token-network',
      'ms',
      sum((stage) => stage.networkMs),
    ),
    row(
      'token-total',
      'ms',
      measured.map(({ ms }) => ms),
    ),
    constant('token-sent', 'bytes', (after.sentBytes - before.sentBytes) / runs),
    constant('token-received', 'bytes', (after.receivedBytes - before.receivedBytes) / runs),
    constant('evaluation-keys', 'bytes', rig.keyBytes),
    constant('wrong-outputs', `of ${outputs}`, wrong),
    constant('failure-worst', 'log2', Math.max(...rig.pack.matrices.map((matrix) => matrix.failureLog2))),
    ...perMatrix,
  ];
}

function prepare(rig: Rig): Work[] {
  const tensors = readTensors();
  return Array.from({ length: layers }, (_, layer) => {
    const inputs = layerInputs(tensors, layer, 1, 7);
    return parts.map((part): Work => {
      const matrix = quantise(tensors, `h.${layer}.attn.${part}`);
      const { bytes } = quantiseRow(part === 'c_attn' ? inputs.qkv : inputs.out);
      return { part, matrix: rig.matrix(layer, part), bytes, wanted: integerProduct(matrix, bytes) };
    });
  }).flat();
}

function factsOf(rig: Rig, part: string, of: (matrix: Rig['pack']['matrices'][number]) => number): number[] {
  return rig.pack.matrices.filter(({ name }) => name.endsWith(part)).map(of);
}
