import { describe, expect, it } from 'vitest';
import { patterns } from './recognizer.ts';
import type { Pattern } from './recognizer.ts';

const shown = (text: string, pattern: Pattern) =>
  Array.from(patterns(pattern)(text), ({ start, end }) => text.slice(start, end));

describe('what a judge does not take is searched again', () => {
  const word = { regex: /[a-z]\d(?: ?[a-z0-9]){2,6}/g, score: 1 };

  it('from within a match that it dropped', () => {
    const judge = (value: string) => (value.startsWith('x') ? { verdict: 'proven' as const } : null);
    expect(shown('a1 b x7 42', { ...word, judge })).toEqual(['x7 42']);
  });

  it('behind the part that it kept of a match', () => {
    const judge = () => ({ verdict: 'proven' as const, length: 4 });
    expect(shown('a123 b456', { ...word, judge })).toEqual(['a123', 'b456']);
  });

  it('not within a match that it took', () => {
    expect(shown('a123 b4', word)).toEqual(['a123 b4']);
  });

  it('and not again from a character of two units', () => {
    expect(shown('\u{1f600}\u{1f600}', { regex: /\p{S}+/gu, score: 1, judge: () => null })).toEqual([]);
  });

  it.each([1000, 10_000])('once for each place of %i, and no longer than a match is', (length) => {
    let judged = 0;
    let units = 0;
    const judge = (value: string) => {
      judged += 1;
      units += value.length;
      return null;
    };
    expect(shown('a1'.repeat(length / 2), { ...word, judge })).toEqual([]);
    expect(judged).toBeLessThanOrEqual(length / 2);
    expect(units).toBeLessThanOrEqual((length / 2) * 8);
  });
});
