import { expect, it } from 'vitest';
import { isPlain } from './plain.ts';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

it.each([
  ['null', null],
  ['a text', 'a'],
  ['a number', 1.5],
  ['no number', NaN],
  ['an empty field', { a: undefined }],
  ['objects in lists', [{ a: [true, false] }]],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
  ['32 levels', nested(32)],
  ['many values', Array.from({ length: 900_000 }, (_, at) => at)],
])('%s is plain', (_what, value) => {
  expect(isPlain(value)).toBe(true);
});

class Thing {
  readonly a = 1;
}
const cycle: unknown[] = [];
cycle.push(cycle, cycle);

it.each([
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['a big integer', 1n],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['bytes', new Uint8Array(1)],
  ['an instance', new Thing()],
  ['an error', new Error('a')],
  ['33 levels', nested(33)],
  ['a cycle', cycle],
  ['a million values and one', Array.from({ length: 1_000_001 }, (_, at) => at)],
  ['deep inside', { a: [{ b: new Set() }] }],
])('%s is not', (_what, value) => {
  expect(isPlain(value)).toBe(false);
});
