/**
 * Packs that the engine's tests run on. The folders in SOTTO_TEST_PACK (separated as in PATH), if it is set; else packs
 * that `sotto-pack` makes of a small random GPT-2: attention remote, all matrices remote, and weights private.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { randomNumbers } from './random.ts';
import { smallTokenizer } from './small-tokenizer.fixture.ts';

const root = join(import.meta.dirname, '..', '..');
const binary = process.env.SOTTO_PACK_BINARY ?? join(root, 'native', 'target', 'release', 'sotto-pack');
const given = process.env.SOTTO_TEST_PACK?.split(delimiter).filter((path) => path !== '') ?? [];

/** Why the engine's tests cannot run here, if so. */
export const missingPacks =
  given.length > 0 || existsSync(binary) ? undefined : 'skipped: sotto-pack is not built (npm run setup)';

/** Variants of the small model, or the given folders by path. */
export const packVariants: readonly string[] = given.length > 0 ? given : ['attention', 'all', 'private'];

export interface TestPacks {
  /** The folder of a variant's pack. */
  root(variant: string): string;
  remove(): Promise<void>;
}

/** Makes every variant; does nothing for given folders. */
export async function makeTestPacks(): Promise<TestPacks> {
  if (given.length > 0) return { root: (variant) => variant, remove: () => Promise.resolve() };
  const dir = await mkdtemp(join(tmpdir(), 'sotto-test-packs-'));
  const checkpoint = join(dir, 'checkpoint');
  await writeSmallCheckpoint(checkpoint);
  const options: Record<string, readonly string[]> = {
    attention: [],
    all: ['--remote', 'all'],
    private: ['--private'],
  };
  for (const variant of packVariants) {
    const args = ['build', '--from', checkpoint, '--out', join(dir, variant), ...(options[variant] ?? [])];
    execFileSync(binary, args, { stdio: 'pipe' });
  }
  return { root: (variant) => join(dir, variant), remove: () => rm(dir, { recursive: true }) };
}

const size = { layers: 2, hidden: 64, heads: 2, context: 256 };

/** A GPT-2 with random weights, in Hugging Face's names and layout, fp32 safetensors. */
async function writeSmallCheckpoint(dir: string): Promise<void> {
  const tokenizer = smallTokenizer();
  const vocabulary = Object.keys(tokenizer.model.vocab).length;
  const { layers, hidden, heads, context } = size;
  const random = randomNumbers(3);
  const normal = (count: number, scale: number) =>
    Float32Array.from(
      { length: count },
      () => scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    );
  const tensors: [string, number[], Float32Array][] = [];
  const add = (name: string, shape: number[], scale: number, centre = 0) => {
    const count = shape.reduce((product, length) => product * length, 1);
    tensors.push([name, shape, normal(count, scale).map((value) => value + centre)]);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [hidden], 0.1, 1);
    add(`${name}.bias`, [hidden], 0.1);
  };
  const linear = (name: string, inputs: number, outputs: number) => {
    add(`${name}.weight`, [inputs, outputs], 1.5 / Math.sqrt(inputs));
    add(`${name}.bias`, [outputs], 0.1);
  };
  add('wte.weight', [vocabulary, hidden], 0.5);
  add('wpe.weight', [context, hidden], 0.3);
  for (let layer = 0; layer < layers; layer++) {
    norm(`h.${layer}.ln_1`);
    linear(`h.${layer}.attn.c_attn`, hidden, 3 * hidden);
    linear(`h.${layer}.attn.c_proj`, hidden, hidden);
    norm(`h.${layer}.ln_2`);
    linear(`h.${layer}.mlp.c_fc`, hidden, 4 * hidden);
    linear(`h.${layer}.mlp.c_proj`, 4 * hidden, hidden);
  }
  norm('ln_f');

  let end = 0;
  const header = Object.fromEntries(
    tensors.map(([name, shape, data]) => {
      const begin = end;
      end += data.byteLength;
      return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    }),
  );
  const text = JSON.stringify(header);
  const headerBytes = new TextEncoder().encode(text + ' '.repeat((8 - (text.length % 8)) % 8));
  const length = new BigUint64Array([BigInt(headerBytes.length)]);
  const parts = [length, headerBytes, ...tensors.map(([, , data]) => data)];
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'model.safetensors'),
    Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))),
  );
  const config = {
    model_type: 'gpt2',
    n_embd: hidden,
    n_head: heads,
    n_layer: layers,
    n_positions: context,
    vocab_size: vocabulary,
    eos_token_id: 0,
  };
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  await writeFile(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer));
}
