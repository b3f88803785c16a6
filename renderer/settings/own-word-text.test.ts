import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../app/detect/kinds.ts';
import { mergeOwnWords, readOwnWords, writeOwnWords } from './own-word-text.ts';

describe('own words as text', () => {
  it('reads a plain list, and lines with kind and pattern', () => {
    const text = 'Project Heron\r\n\nPRJ-####\tcustom\tpattern\nMaria Lopez\tperson\n  Acme Ltd  \n';
    expect(readOwnWords(text)).toEqual({
      words: [
        { text: 'Project Heron', kind: 'custom', pattern: false },
        { text: 'PRJ-####', kind: 'custom', pattern: true },
        { text: 'Maria Lopez', kind: 'person', pattern: false },
        { text: 'Acme Ltd', kind: 'custom', pattern: false },
      ],
      problems: [],
    });
  });

  it('says which lines it did not understand, and takes the others', () => {
    const read = readOwnWords(`good\nbad\tanimal\n${'x'.repeat(201)}\nX-#\tcustom\tregex`);
    expect(read.words.map(({ text }) => text)).toEqual(['good']);
    expect(read.problems).toEqual([
      { line: 2, reason: 'kind' },
      { line: 3, reason: 'length' },
      { line: 4, reason: 'pattern' },
    ]);
  });

  it('reads back what it wrote', () => {
    const word = fc.record({
      text: fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
        .map((text) => text.replace(/\p{Cc}/gu, '').trim())
        .filter((text) => text !== ''),
      kind: fc.constantFrom(...kinds),
      pattern: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(readOwnWords(writeOwnWords(words))).toEqual({ words, problems: [] });
      }),
    );
  });
});

describe('mergeOwnWords', () => {
  it('replaces the same words and keeps the order', () => {
    const merged = mergeOwnWords(
      [
        { text: 'Heron', kind: 'custom', pattern: false },
        { text: 'Acme', kind: 'organisation', pattern: false },
      ],
      [
        { text: 'HERON', kind: 'organisation', pattern: false },
        { text: 'Heron', kind: 'custom', pattern: true },
      ],
    );
    expect(merged).toEqual([
      { text: 'HERON', kind: 'organisation', pattern: false },
      { text: 'Acme', kind: 'organisation', pattern: false },
      { text: 'Heron', kind: 'custom', pattern: true },
    ]);
  });
});
