/** A model that Hugging Face's transformers saved gives the probabilities that torch computes in 32 bits. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../main/inference/engine.ts';
import { loadModel } from '../../main/inference/model.ts';
import { planModelOf } from '../../main/inference/plan-model.ts';
import { scoreText } from '../../main/inference/score-text.ts';
import { openPack } from '../../main/packs/pack.ts';
import { missingBuilder, PackFolder } from './packs.ts';
import { preparePython } from './python.mjs';

interface Reference {
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly logprobs: readonly number[];
  }[];
}

/** How make_gpt2.py writes the model, and how sotto-pack builds it. */
const variants: Record<string, { model: string[]; pack: string[] }> = {
  fp32: { model: [], pack: [] },
  'fp32, all matrices remote': { model: [], pack: ['--remote', 'all'] },
  'fp16 in shards': { model: ['--dtype', 'float16', '--shard', '300KB', '--seed', '2'], pack: [] },
  'bf16 without a prefix': { model: ['--dtype', 'bfloat16', '--trunk', '--seed', '3'], pack: [] },
  'a head of its own, GPT-2 small’s width': {
    model: [
      '--untied',
      '--layers',
      '2',
      '--hidden',
      '768',
      '--heads',
      '12',
      '--spread',
      '0.05',
      '--seed',
      '4',
    ],
    pack: [],
  },
};

describe.skipIf(missingBuilder)('probabilities', () => {
  const folder = new PackFolder();
  let python: string;
  beforeAll(async () => {
    python = await preparePython((line) => console.log(line));
  }, 1_200_000);
  afterAll(() => folder.remove());

  for (const [index, [name, options]] of Object.entries(variants).entries()) {
    test(`of ${name} are torch’s, within 8 bits`, async () => {
      const from = join(folder.dir, `model-${index}`);
      const script = join(import.meta.dirname, 'make_gpt2.py');
      execFileSync(python, [script, from, ...options.model], { stdio: 'pipe' });
      const { texts } = JSON.parse(readFileSync(join(from, 'reference.json'), 'utf8')) as Reference;
      const pack = await openPack(folder.build(`pack-${index}`, from, options.pack));
      const model = await loadModel(pack);
      const engine = createEngine(model, { multiplier: model.local });
      const differences: number[] = [];
      const likely: number[] = [];
      for (const { text, ids, logprobs } of texts) {
        const tokens = model.tokenizer.encode(text).slice(0, pack.model.context);
        expect(tokens.map((token) => token.id)).toEqual(ids);
        const score = await scoreText(engine, {
          tokens,
          spans: [],
          policy: 'exact',
          model: planModelOf(pack),
        });
        for (const [position, expected] of logprobs.entries()) {
          differences.push(Math.abs((score.logprobs[position + 1] ?? NaN) - expected));
          likely.push(expected);
        }
      }
      await model.close();
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      console.log(
        `${name}: mean difference ${mean(differences).toFixed(4)}, most ${Math.max(...differences).toFixed(3)}`,
      );
      expect(mean(differences)).toBeLessThan(0.05);
      // The comparison says something: the model's opinions about tokens differ.
      const centre = mean(likely);
      expect(Math.sqrt(mean(likely.map((value) => (value - centre) ** 2)))).toBeGreaterThan(0.5);
    });
  }
});
