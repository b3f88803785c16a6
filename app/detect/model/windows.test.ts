import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowSizes, windowsOf } from './windows.ts';
import { createWordPiece } from './wordpiece.ts';

const letters = Array.from('abcdefghijklmnopqrstuvwxyz.,!?-');
const wordPiece = createWordPiece(
  ['[UNK]', '[CLS]', '[SEP]', ...letters, ...letters.map((one) => `##${one}`)].join('\n'),
);
const cut = (text: string) => windowsOf(text, wordPiece.encode(text));
const { shortest, longest, before, after } = windowSizes;

/** Sentences of made-up words, the same for the same seed. */
function prose(sentences: number, seed = 7): string {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const word = () => Array.from({ length: 1 + next(7) }, () => letters[next(26)]).join('');
  return Array.from(
    { length: sentences },
    () => `${Array.from({ length: 1 + next(3) }, word).join(' ')} over. `,
  ).join('');
}

describe('windows', () => {
  it('cover every piece once, and are no longer than the model reads', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 60 }), (seed, sentences) => {
        const text = prose(sentences, seed);
        const count = wordPiece.encode(text).ids.length;
        let covered = 0;
        for (const { start, coreStart, coreEnd, end } of cut(text)) {
          expect(coreStart).toBe(covered);
          expect(coreEnd).toBeGreaterThan(coreStart);
          expect(coreEnd - coreStart).toBeLessThanOrEqual(longest);
          expect(coreStart - start).toBeLessThanOrEqual(before);
          expect(end - coreEnd).toBeLessThanOrEqual(after);
          covered = coreEnd;
        }
        expect(covered).toBe(count);
      }),
    );
  });

  it('end with a sentence where one ends within reach, with a line rather', () => {
    const text = prose(40);
    for (const { coreEnd, end } of cut(text).slice(0, -1)) {
      const pieces = wordPiece.encode(text);
      expect(text.slice(pieces.starts[coreEnd - 1], pieces.ends[coreEnd - 1])).toBe('.');
      expect(end).toBe(coreEnd);
    }
    const words = Array.from({ length: 70 }, (_, at) => (at === 60 ? 'x\n' : 'x. ')).join('');
    const [first] = cut(words);
    expect(words.slice(0, wordPiece.encode(words).ends[(first?.coreEnd ?? 1) - 1]).endsWith('x')).toBe(true);
  });

  it('of a text without an end of anything read a little on', () => {
    const [first, second] = cut('ab '.repeat(100));
    expect(first && first.end - first.coreEnd).toBe(after);
    expect(second && second.coreStart - second.start).toBe(before);
  });

  it('cut through a word that is as long as their reach', () => {
    const text = `${'a '.repeat(40)}${'abcdefg'.repeat(14)}`;
    expect(cut(text).map(({ coreEnd }) => coreEnd)).toEqual([longest, 138]);
  });

  it('fall elsewhere only near an edit', () => {
    const text = prose(800);
    const cutsOf = (one: string, shift: number) => {
      const pieces = wordPiece.encode(one);
      return windowsOf(one, pieces).map(({ coreStart }) => (pieces.starts[coreStart] ?? 0) - shift);
    };
    const at = text.indexOf('. ', 2000) + 2;
    const edited = `${text.slice(0, at)}a few words more, ${text.slice(at)}`;
    const old = cutsOf(text, 0);
    const far = (edge: number) => old.filter((start) => start > at + edge);
    expect(cutsOf(edited, 0).filter((start) => start <= at)).toEqual(old.filter((start) => start <= at));
    const moved = new Set(cutsOf(edited, edited.length - text.length));
    expect(far(1000).length).toBeGreaterThan(10);
    expect(far(1000).filter((start) => !moved.has(start))).toEqual([]);
    expect(shortest).toBeLessThan(longest);
  });
});
