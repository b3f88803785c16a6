/**
 * A pack in GPT-2's shape with its real attention: the tensors that the data folder lacks (token embedding, MLP
 * matrices) are filled with reproducible noise of their usual size. What it writes makes no sense; every remote
 * matrix, norm and position embedding is the real one.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataDir, hidden, layers, randomNumbers, root } from './weights.ts';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const vocabulary = 50257;
/** Standard deviations of GPT-2's initialisation: what its weights are near. */
const embeddingSd = 0.14;
const mlpSd = 0.13;

/** Builds the pack at `out` with the real `sotto-pack`. The intermediate model directory goes away. */
export async function buildGpt2Pack(out: string): Promise<void> {
  const model = `${out}.model`;
  try {
    await writeModel(model);
    const builder = join(root, 'native', 'target', 'release', 'sotto-pack');
    await promisify(execFile)(builder, [
      'build',
      '--from',
      model,
      '--out',
      out,
      '--name',
      'gpt2-attention',
      '--force',
    ]);
  } finally {
    await rm(model, { recursive: true, force: true });
  }
}

/** Writes a complete Hugging Face directory. */
async function writeModel(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const file of ['config.json', 'vocab.json', 'merges.txt'])
    await copyFile(join(dataDir, file), join(dir, file));
  const source = await readFile(join(dataDir, 'model.safetensors'));
  const headerLength = Number(source.readBigUInt64LE(0));
  const { __metadata__: _, ...found } = JSON.parse(
    source.subarray(8, 8 + headerLength).toString('utf8'),
  ) as Record<string, Entry>;
  const prefix = Object.keys(found).some((name) => name.startsWith('transformer.')) ? 'transformer.' : '';
  const added = missingTensors(prefix).filter(({ name }) => !(name in found));
  const header: Record<string, Entry> = { ...found };
  let end = source.length - 8 - headerLength;
  for (const { name, shape } of added) {
    const bytes = 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'F16', shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = await open(join(dir, 'model.safetensors'), 'w');
  try {
    await file.writeFile(length);
    await file.writeFile(text);
    await file.writeFile(source.subarray(8 + headerLength));
    for (const [index, { shape, sd }] of added.entries()) {
      await file.writeFile(
        noise(
          shape.reduce((product, size) => product * size, 1),
          sd,
          index + 1,
        ),
      );
    }
  } finally {
    await file.close();
  }
  await writeFile(join(dir, 'README.txt'), 'Real attention of GPT-2 small; embedding and MLP are noise.\n');
}

function missingTensors(prefix: string): { name: string; shape: number[]; sd: number }[] {
  const blocks = Array.from({ length: layers }, (_, layer) => [
    { name: `${prefix}h.${layer}.mlp.c_fc.weight`, shape: [hidden, 4 * hidden], sd: mlpSd },
    { name: `${prefix}h.${layer}.mlp.c_proj.weight`, shape: [4 * hidden, hidden], sd: mlpSd / 2 },
  ]);
  return [{ name: `${prefix}wte.weight`, shape: [vocabulary, hidden], sd: embeddingSd }, ...blocks.flat()];
}

/** binary16 values: a uniform distribution of the given standard deviation, in 1,024 steps. */
function noise(count: number, sd: number, seed: number): Buffer {
  const random = randomNumbers(seed);
  const steps = Uint16Array.from({ length: 1024 }, (_, i) =>
    toHalf(((i + 0.5) / 512 - 1) * sd * Math.sqrt(3)),
  );
  const values = Uint16Array.from({ length: count }, () => steps[Math.floor(random() * 1024)] ?? 0);
  return Buffer.from(values.buffer);
}

/** A number of moderate size to IEEE 754 binary16, rounded down in magnitude; too small ones become 0. */
function toHalf(value: number): number {
  const magnitude = Math.abs(value);
  const exponent = Math.floor(Math.log2(magnitude));
  if (exponent < -14) return 0;
  const fraction = Math.floor((magnitude / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
}
