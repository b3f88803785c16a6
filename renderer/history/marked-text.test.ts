import { describe, expect, it } from 'vitest';
import { stretches } from './marked-text.ts';

const told = (text: string, ...found: [number, number][]) =>
  stretches(
    text,
    found.map(([start, end]) => ({ start, end })),
  )
    .map((part) => (part.found ? `[${part.text}]` : part.text))
    .join('');

describe('an excerpt', () => {
  it('shows the words that were found', () => {
    expect(told('the quick fox', [4, 9])).toBe('the [quick] fox');
    expect(told('the quick fox', [10, 13], [0, 3])).toBe('[the] quick [fox]');
  });

  it('keeps every letter once, whatever overlaps or reaches out', () => {
    expect(told('abcdef', [0, 3], [2, 4], [5, 99])).toBe('[abc][d]e[f]');
    expect(told('abc')).toBe('abc');
    expect(told('', [0, 4])).toBe('');
  });
});
