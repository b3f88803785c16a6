/** Chooses the next token from a row of logits. */
import { Failure } from '../../app/failure/failure.ts';
import { randomNumbers } from './random.ts';

/**
 * | setting | default | meaning |
 * |---|---|---|
 * | `temperature` | 0 | 0: always the likeliest token (the lowest id of equals), so one prompt has one answer. Else logits are divided by it; at most 10. |
 * | `topK` | 40 | Only so many of the likeliest tokens take part; 0: all. |
 * | `topP` | 0.95 | Then only the likeliest whose probabilities together reach it; 1: all. |
 * | `seed` | drawn | Whole number; the same seed gives the same answer. Without effect at temperature 0. |
 *
 * The default is the likeliest token because a small model writes its most sensible text that way, and because an
 * answer can then be compared across policies without giving a seed.
 */
export interface Sampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed?: number;
}

export const defaultSampling: Sampling = { temperature: 0, topK: 40, topP: 0.95 };

/** Chooses a token id from logits by id. @throws Failure `pack` when the logits hold no number. */
export type Sampler = (logits: Float32Array) => number;

/** @throws Failure `usage` for a setting outside its range. */
export function createSampler(sampling: Sampling): Sampler {
  checkSampling(sampling);
  if (sampling.temperature === 0) return likeliest;
  const seed = sampling.seed ?? drawSeed();
  const random = randomNumbers(seed);
  return (logits) => draw(logits, sampling, random());
}

/** @throws Failure `usage` for a setting outside its range. */
export function checkSampling({ temperature, topK, topP, seed }: Sampling): void {
  const wrong = (what: string) => new Failure('usage', what);
  if (!(temperature >= 0 && temperature <= 10))
    throw wrong(`The temperature is from 0 to 10, not ${temperature}.`);
  if (!Number.isSafeInteger(topK) || topK < 0) throw wrong(`top-k is a whole number from 0 on, not ${topK}.`);
  if (!(topP > 0 && topP <= 1)) throw wrong(`top-p is over 0 and at most 1, not ${topP}.`);
  if (seed !== undefined && (!Number.isSafeInteger(seed) || seed < 0)) {
    throw wrong(`A seed is a whole number from 0 to 2^53 - 1, not ${seed}.`);
  }
}

function drawSeed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 11) * 2 ** 32 + low;
}

function likeliest(logits: Float32Array): number {
  let best = -1;
  let most = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? NaN;
    if (logit > most) {
      most = logit;
      best = id;
    }
  }
  if (best === -1) throw new Failure('pack', 'The model gave no number to choose a token by.');
  return best;
}

/** Inverse transform over the kept tokens, likeliest first; `at` in [0, 1). */
function draw(logits: Float32Array, { temperature, topK, topP }: Sampling, at: number): number {
  const top = logits[likeliest(logits)] ?? 0;
  const ids = Array.from(logits.keys()).filter((id) => !Number.isNaN(logits[id]));
  ids.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const kept = topK === 0 ? ids : ids.slice(0, topK);
  const weights = kept.map((id) => Math.exp(((logits[id] ?? 0) - top) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let nucleus = 0;
  let count = 0;
  while (count < weights.length && nucleus < topP * all) nucleus += weights[count++] ?? 0;
  let left = at * nucleus;
  for (let i = 0; i < count; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return kept[i] ?? 0;
  }
  return kept[Math.max(0, count - 1)] ?? 0;
}
