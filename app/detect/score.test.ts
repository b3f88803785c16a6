import { expect, test } from 'vitest';
import { wordsBefore } from './context.ts';
import type { Candidate, Recognizer } from './recognizer.ts';
import { kindOf, scoreOf } from './score.ts';

const recognizer: Recognizer = {
  kind: 'account',
  context: ['account', 'sort code'],
  marked: [],
  clear: [],
  find: () => [],
};
const at = (text: string, candidate: Partial<Candidate>) =>
  scoreOf(
    { start: text.length, end: text.length, score: 0.3, verdict: 'plausible', ...candidate },
    recognizer,
    text,
  );

test('a passed checksum lifts to 1', () => {
  expect(at('', { verdict: 'proven' })).toBe(1);
});

test.each(['doubtful', 'broken'] as const)('%s drops, and a context word lifts it to 0.4', (verdict) => {
  expect(at('the number ', { score: 0.9, verdict })).toBe(0.05);
  expect(at('account ', { score: 0.9, verdict })).toBe(0.4);
});

test('a checksum that many numbers pass proves what a context word says', () => {
  expect(at('the number ', { score: 0.2, verdict: 'checked' })).toBe(0.2);
  expect(at('account ', { score: 0.2, verdict: 'checked' })).toBe(1);
});

test('a failed checksum makes it a number of an account, whatever its recognizer looks for', () => {
  const iban = { ...recognizer, kind: 'iban' as const };
  const candidate = { start: 0, end: 9, score: 0.5 };
  expect(kindOf({ ...candidate, verdict: 'plausible' }, iban)).toBe('iban');
  expect(kindOf({ ...candidate, verdict: 'broken' }, iban)).toBe('account');
});

test('a context word adds 0.35, lifts to at least 0.4, and proves nothing', () => {
  expect(at('account ', {})).toBeCloseTo(0.65);
  expect(at('account ', { score: 0 })).toBe(0.4);
  expect(at('account ', { score: 0.9 })).toBe(0.99);
});

test('only whole words among the five before count', () => {
  expect(at('account one two three four ', {})).toBeCloseTo(0.65);
  expect(at('account one two three four five ', {})).toBe(0.3);
  expect(at('accountant ', {})).toBe(0.3);
  expect(at('the sort code is ', {})).toBeCloseTo(0.65);
});

test('names in code are taken apart into words, digits in words read as letters', () => {
  expect(wordsBefore('bankAccount_number = ', 21)).toContain(' bank account number ');
  expect(wordsBefore('my ph0ne 123 ', 13)).toContain(' my phone 123 ');
});
