import { describe, expect, it } from 'vitest';
import { countWord, judgeWord } from './own-word-pattern.ts';

describe('judgeWord', () => {
  it.each([
    ['', false, 'empty'],
    ['   ', true, 'empty'],
    ['*', true, 'broad'],
    ['?*-?', true, 'broad'],
    ['---', false, 'broad'],
    ['####', true, null],
    ['ACME-*', true, null],
    ['*', false, 'broad'],
    ['C++', false, null],
    ['Heron', false, 'known'],
    ['Heron', true, null],
  ] as const)('"%s" (pattern: %s) is %s', (text, pattern, problem) => {
    expect(judgeWord({ text, pattern }, [{ text: 'HERON', kind: 'custom', pattern: false }])).toBe(problem);
  });
});

describe('countWord', () => {
  it.each([
    ['PRJ-####', true, 'PRJ-2041 and prj-0001, not PRJ-1', 2],
    ['PRJ-####', false, 'PRJ-2041', 0],
    ['heron', false, 'Heron, herons, HERON', 2],
    ['ACME-*', true, 'ACME-x1 ACME-longer', 2],
    ['a?', true, '', 0],
  ] as const)('%s (pattern: %s) in "%s": %i', (text, pattern, tried, count) => {
    expect(countWord({ text, pattern }, tried)).toBe(count);
  });
});
