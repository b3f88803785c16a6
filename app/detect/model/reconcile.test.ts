import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merge } from '../merge.ts';
import type { Kind } from '../kinds.ts';
import type { Span } from '../span.ts';
import type { ModelSpan } from './decode.ts';
import { reconcile } from './reconcile.ts';

const text = 'Send it to Anna Kern, Elm Street 5, 90210 Porto, or anna@kern.dev today.';
const span = (value: string, kind: Kind, score: number): Span => {
  const start = text.indexOf(value);
  return { start, end: start + value.length, kind, score, source: 'rule' };
};
const model = (value: string, kind: Kind, score: number, coarse = false): ModelSpan => ({
  ...span(value, kind, score),
  source: 'model',
  coarse,
});
const marks = (rules: Span[], found: ModelSpan[]) =>
  merge(text, reconcile(text, rules, found)).map(
    ({ start, end, kind }) => `${kind} ${text.slice(start, end)}`,
  );

test('a proven rule keeps its kind inside a span of the model, and what is beside it stays marked', () => {
  const whole = model('Elm Street 5, 90210 Porto', 'address', 0.9);
  expect(marks([span('90210', 'account', 1)], [whole])).toEqual([
    'address Elm Street 5',
    'account 90210',
    'address Porto',
  ]);
});

test('a title before a name that a rule knows is not marked', () => {
  const title = 'Tell Mrs Anna Kern of it';
  const at = (value: string, score: number, source: 'rule' | 'model') => {
    const start = title.indexOf(value);
    return { start, end: start + value.length, kind: 'person' as const, score, source, coarse: false };
  };
  const found = reconcile(title, [at('Anna Kern', 1, 'rule')], [at('Mrs Anna Kern', 0.9, 'model')]);
  expect(found.map(({ start, end }) => title.slice(start, end))).toEqual(['Anna Kern']);
});

test('an unproven rule gives way to a name that the model is surer of', () => {
  const whole = model('Elm Street 5, 90210 Porto', 'address', 0.9);
  expect(marks([span('90210', 'account', 0.5)], [whole])).toEqual(['address Elm Street 5, 90210 Porto']);
  expect(marks([span('90210', 'account', 0.95)], [whole])).toHaveLength(3);
});

test('an unproven rule gives way to a longer span of its own kind', () => {
  const whole = model('Elm Street 5, 90210 Porto', 'address', 0.5);
  expect(marks([span('Elm Street 5', 'address', 0.9)], [whole])).toEqual([
    'address Elm Street 5, 90210 Porto',
  ]);
});

test('of a sort that the model knows alone a rule knows more', () => {
  expect(
    marks([span('anna@kern.dev', 'email', 0.6)], [model('anna@kern.dev today', 'handle', 0.9, true)]),
  ).toEqual(['email anna@kern.dev', 'handle today']);
  expect(
    marks([span('anna@kern.dev', 'email', 0.6)], [model('or anna@kern.dev', 'email', 0.9, true)]),
  ).toEqual(['email anna@kern.dev']);
});

test('what a rule covers is the rule’s', () => {
  expect(marks([span('anna@kern.dev', 'email', 0.6)], [model('kern', 'person', 0.9)])).toEqual([
    'email anna@kern.dev',
  ]);
});

test('the user’s words are above both', () => {
  const own: Span = { ...span('Kern', 'custom', 1), source: 'user' };
  expect(marks([own], [model('Anna Kern', 'person', 0.99)])).toEqual(['person Anna', 'custom Kern']);
});

test('nothing that says something loses its mark', () => {
  const borders = fc.array(fc.integer({ min: 0, max: text.length }), { minLength: 2, maxLength: 8 });
  const rule = fc.tuple(
    fc.nat(text.length - 1),
    fc.integer({ min: 1, max: 20 }),
    fc.constantFrom(0.4, 0.7, 1),
  );
  fc.assert(
    fc.property(borders, fc.array(rule, { maxLength: 6 }), fc.boolean(), (cuts, some, coarse) => {
      const sorted = [...new Set(cuts)].sort((a, b) => a - b);
      const found = sorted.slice(1).flatMap((end, at): ModelSpan[] => {
        const start = sorted[at] ?? 0;
        return at % 2 === 0 ? [{ start, end, kind: 'person', score: 0.8, source: 'model', coarse }] : [];
      });
      const rules = some.map(([start, length, score]): Span => ({
        ...{ start, end: Math.min(text.length, start + length) },
        ...{ kind: 'account', score, source: 'rule' },
      }));
      const covered = (spans: readonly Span[], at: number) =>
        spans.some(({ start, end }) => start <= at && at < end);
      const after = merge(text, reconcile(text, rules, found));
      for (const { start, end } of found) {
        const lost = [...text.slice(start, end)].filter(
          (unit, at) => /[\p{L}\p{N}]/u.test(unit) && !covered(after, start + at),
        );
        expect(lost.length).toBeLessThanOrEqual((coarse ? 3 : 1) * (some.length + 1));
      }
      for (const { start, end } of rules) {
        for (let at = start; at < end; at += 1) {
          if (/[\p{L}\p{N}]/u.test(text.charAt(at))) expect(covered(after, at)).toBe(true);
        }
      }
    }),
    {
      examples: [
        [
          [0, 19],
          [
            [12, 7, 0.4],
            [17, 1, 1],
          ],
          false,
        ],
      ],
    },
  );
});
