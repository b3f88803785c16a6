import { expect, it } from 'vitest';
import type { Plan } from '../../app/plan/plan.ts';
import type { PromptToken } from '../../app/plan/row.ts';
import type { Engine } from './engine.ts';
import { scoreText } from './score-text.ts';

/** Scores a token by how many tokens its window holds before it. */
function countingEngine(seen: Plan[]): Engine {
  return {
    generate: () => {
      throw new Error('not asked for');
    },
    score({ plan }) {
      seen.push(plan);
      return Promise.resolve({
        tokens: plan.rows.map((row) => row.token),
        logprobs: plan.rows.map((_, index) => (index === 0 ? null : -index)),
      });
    },
  };
}

const textOf = (length: number): PromptToken[] =>
  Array.from({ length }, (_, id) => ({ id, text: { start: 2 * id, end: 2 * id + 2 } }));
const model = { context: 8, matrices: [] };

it('a text that fits is one window', async () => {
  const plans: Plan[] = [];
  const score = await scoreText(countingEngine(plans), {
    tokens: textOf(8),
    spans: [],
    policy: 'everything',
    model,
  });
  expect(plans).toHaveLength(1);
  expect(score.logprobs).toEqual([null, -1, -2, -3, -4, -5, -6, -7]);
});

it('a longer one is judged with at least half a context before each token, and each token once', async () => {
  const plans: Plan[] = [];
  const score = await scoreText(countingEngine(plans), {
    tokens: textOf(14),
    spans: [],
    policy: 'everything',
    model,
  });
  expect(plans).toHaveLength(3);
  expect(score.tokens).toEqual([...Array(14).keys()]);
  expect(score.logprobs).toEqual([null, -1, -2, -3, -4, -5, -6, -7, -4, -5, -6, -7, -4, -5]);
});

it('a span belongs to every window that it reaches into', async () => {
  const plans: Plan[] = [];
  const spans = [{ start: 15, end: 17 }];
  await scoreText(countingEngine(plans), { tokens: textOf(14), spans, policy: 'masked-attention', model });
  expect(
    plans.map((plan) => plan.rows.flatMap((row) => (row.reason === 'sensitive' ? [row.token] : []))),
  ).toEqual([[7], [7, 8], [8]]);
});
