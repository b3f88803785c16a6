import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Kind } from './kinds.ts';
import { merge } from './merge.ts';
import type { Span } from './span.ts';

const span = (
  start: number,
  end: number,
  kind: Kind,
  score = 0.5,
  source: Span['source'] = 'rule',
): Span => ({
  start,
  end,
  kind,
  score,
  source,
});
const text = 'abcdefghijklmnopqrstuvwxyz';

test('overlaps of one kind become one, with the higher score', () => {
  expect(
    merge(text, [span(2, 6, 'phone', 0.4), span(4, 9, 'phone', 0.7), span(9, 12, 'phone', 0.5)]),
  ).toEqual([span(2, 9, 'phone', 0.7), span(9, 12, 'phone', 0.5)]);
});

test('a contained span of a lower score is gone', () => {
  expect(merge(text, [span(2, 9, 'card', 1), span(4, 8, 'phone')])).toEqual([span(2, 9, 'card', 1)]);
});

test('of two kinds the higher score decides, and the other keeps the rest', () => {
  expect(merge(text, [span(0, 10, 'url', 0.7), span(4, 8, 'token', 1)])).toEqual([
    span(0, 4, 'url', 0.7),
    span(4, 8, 'token', 1),
    span(8, 10, 'url', 0.7),
  ]);
});

test('with equal scores the longer one decides', () => {
  expect(merge(text, [span(0, 5, 'phone'), span(3, 12, 'account')])).toEqual([
    span(0, 3, 'phone'),
    span(3, 12, 'account'),
  ]);
});

test("the user's span decides over a proven one", () => {
  expect(merge(text, [span(0, 10, 'card', 1), span(2, 4, 'custom', 1, 'user')])).toEqual([
    span(0, 2, 'card', 1),
    span(2, 4, 'custom', 1, 'user'),
    span(4, 10, 'card', 1),
  ]);
});

test('rests lose white space at their ends, and vanish without a letter or digit', () => {
  expect(
    merge('ab, cd .', [span(0, 8, 'url', 0.5), span(4, 6, 'token', 1), span(0, 1, 'custom', 1)]),
  ).toEqual([span(0, 1, 'custom', 1), span(1, 3, 'url', 0.5), span(4, 6, 'token', 1)]);
});

test('for any spans: disjoint, sorted, whatever their order, and no letter gets uncovered', () => {
  const anySpan = fc
    .record({
      start: fc.nat(25),
      length: fc.integer({ min: 1, max: 12 }),
      kind: fc.constantFrom<Kind>('url', 'phone', 'card'),
      score: fc.constantFrom(0.4, 0.5, 1),
      source: fc.constantFrom<Span['source']>('rule', 'user', 'model'),
    })
    .map(({ start, length, ...rest }) => ({ ...rest, start, end: Math.min(26, start + length) }));
  const covered = (spans: readonly Span[]) => {
    const all = new Set<number>();
    for (const { start, end } of spans) for (let at = start; at < end; at += 1) all.add(at);
    return all;
  };
  fc.assert(
    fc.property(fc.array(anySpan), (spans) => {
      const merged = merge(text, spans);
      for (const [index, next] of merged.entries()) {
        expect(next.start).toBeGreaterThanOrEqual(merged[index - 1]?.end ?? 0);
      }
      expect(covered(merged)).toEqual(covered(spans));
      expect(merge(text, merged)).toEqual(merged);
    }),
  );
});
