import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNumbers, xoshiro128 } from './random.ts';
import { createSampler, defaultSampling } from './sampler.ts';

const logits = Float32Array.of(0, 1, 3, 2, 3, -1);
const draws = (settings: Partial<typeof defaultSampling>, times = 400) => {
  const sample = createSampler({ temperature: 1, topK: 0, topP: 1, seed: 7, ...settings });
  return Array.from({ length: times }, () => sample(logits));
};

describe('random numbers', () => {
  it('are xoshiro128** (its reference sequence from state 1, 2, 3, 4)', () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect([next(), next(), next(), next()]).toEqual([11520, 0, 5927040, 70819200]);
  });
  it('depend on the seed alone and lie in [0, 1)', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [a, b] = [randomNumbers(seed), randomNumbers(seed)];
        const drawn = Array.from({ length: 20 }, a);
        expect(Array.from({ length: 20 }, b)).toEqual(drawn);
        return drawn.every((number) => number >= 0 && number < 1);
      }),
    );
  });
});

describe('sampling', () => {
  it('temperature 0 takes the likeliest, the lowest id of equals', () => {
    expect(createSampler(defaultSampling)(logits)).toBe(2);
  });
  it('the same seed draws the same tokens, another one others', () => {
    expect(draws({})).toEqual(draws({}));
    expect(draws({ seed: 8 })).not.toEqual(draws({}));
  });
  it('draws each token as often as its probability says', () => {
    const all = draws({}, 20_000);
    const weights = [...logits].map(Math.exp);
    const sum = weights.reduce((a, b) => a + b);
    for (const [id, weight] of weights.entries()) {
      expect(all.filter((drawn) => drawn === id).length / all.length).toBeCloseTo(weight / sum, 1.5);
    }
  });
  it('top-k leaves the k likeliest', () => {
    expect(new Set(draws({ topK: 3 }))).toEqual(new Set([2, 4, 3]));
    expect(new Set(draws({ topK: 1 }))).toEqual(new Set([2]));
  });
  it('top-p leaves the likeliest that together reach p', () => {
    // e^3, e^3 are 0.39 each, e^2 is 0.14.
    expect(new Set(draws({ topP: 0.5 }))).toEqual(new Set([2, 4]));
    expect(new Set(draws({ topP: 0.01 }))).toEqual(new Set([2]));
  });
  it('a low temperature comes close to the likeliest', () => {
    expect(new Set(draws({ temperature: 0.01 }))).toEqual(new Set([2, 4]));
  });
  it('refuses settings out of range', () => {
    const wrong = [{ temperature: -1 }, { temperature: NaN }, { topK: 1.5 }, { topK: -1 }, { topP: 0 }, { topP: 1.1 }, { seed: -1 }, { seed: 0.5 }]; // prettier-ignore
    for (const settings of wrong) {
      expect(() => createSampler({ ...defaultSampling, ...settings })).toThrow(
        expect.objectContaining({ code: 'usage' }),
      );
    }
  });
  it('refuses logits without a number', () => {
    for (const temperature of [0, 1]) {
      const sample = createSampler({ ...defaultSampling, temperature, seed: 1 });
      expect(() => sample(Float32Array.of(NaN, NaN))).toThrow(expect.objectContaining({ code: 'pack' }));
    }
  });
});
