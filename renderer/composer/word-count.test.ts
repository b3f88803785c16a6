import { describe, expect, it } from 'vitest';
import { countWords } from './word-count.ts';

const piece = (start: number, end: number, route: 'sensitive' | 'follows' | 'local' | 'clear') => ({
  start,
  end,
  route,
});

describe('the words of a prompt', () => {
  const text = 'Write to ana@posteo.de, please, today.';
  it('stay without a plan', () => {
    expect(countWords(text, [], 'en')).toEqual({ encrypted: 0, clear: 0, stay: 6 });
  });
  it('go by the pieces that they touch', () => {
    const pieces = [piece(0, 9, 'local'), piece(9, 22, 'sensitive'), piece(22, 38, 'follows')];
    expect(countWords(text, pieces, 'en')).toEqual({ encrypted: 4, clear: 0, stay: 2 });
  });
  it('leave when a part of them leaves', () => {
    expect(countWords('undo', [piece(0, 2, 'local'), piece(2, 4, 'follows')], 'en').encrypted).toBe(1);
    expect(countWords('undo', [piece(0, 2, 'sensitive'), piece(2, 4, 'clear')], 'en').clear).toBe(1);
  });
  it('are found in scripts without spaces', () => {
    expect(countWords('今日は天気がいい', [], 'ja').stay).toBeGreaterThan(2);
  });
  it('of a long text are told by white space', () => {
    expect(countWords('a '.repeat(30_000), [piece(0, 100, 'sensitive')], 'en')).toEqual({
      encrypted: 50,
      clear: 0,
      stay: 29_950,
    });
  });
});
