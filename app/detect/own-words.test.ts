import { expect, test } from 'vitest';
import { detect } from './detect.ts';
import type { OwnWord } from './own-words.ts';

const found = (text: string, ...words: (string | OwnWord)[]) =>
  detect(text, { words, kinds: [] }).map((mark) => text.slice(mark.start, mark.end));

test.each<[string, string, string | OwnWord, string[]]>([
  ['any case', 'MARIA and maria', 'Maria', ['MARIA', 'maria']],
  ['whole words only', "Mariana, Maria's, x_maria", 'maria', ['Maria']],
  ['other scripts, other case', 'ПЁТР, Пётром', 'пётр', ['ПЁТР']],
  ['decomposed accents', 'Jose\u0301!', 'José', ['Jose\u0301']],
  ['phrases over a line break', 'Project\n  Nightjar', 'project nightjar', ['Project\n  Nightjar']],
  ['words with edges that are no letters', 'in C++, C+++', 'C++', ['C++', 'C++']],
  ['scripts without spaces', '田中さんへ', '田中', ['田中']],
  ['zero-width characters inside', 'Ma\u200bria', 'Maria', ['Ma\u200bria']],
  ['full width', 'Ｍａｒｉａ', 'Maria', ['Ｍａｒｉａ']],
  ['digits by pattern', 'PRJ-0042 PRJ-42', { text: 'PRJ-####', pattern: true }, ['PRJ-0042']],
  ['runs by pattern', 'acme-falcon, acme', { text: 'ACME-*', pattern: true }, ['acme-falcon']],
  ['one character by pattern', 'Z7, ZZ7', { text: 'Z?', pattern: true }, ['Z7']],
  ['signs of patterns in a plain word', 'C# or C1', 'C#', ['C#']],
  ['an empty word marks nothing', 'text', ' ', []],
  ['signs of regular expressions', 'a.c abc (x|y', 'a.c', ['a.c']],
])('%s', (_name, text, word, expected) => {
  expect(found(text, word)).toEqual(expected);
});

test('overlapping phrases are covered together', () => {
  expect(found('Maria Lopez Garcia', 'Maria Lopez', 'Lopez Garcia', 'Maria')).toEqual(['Maria Lopez Garcia']);
});

test('a word is marked as the kind that the user gave it', () => {
  expect(detect('ask Maria', { words: [{ text: 'maria', kind: 'person' }] })).toEqual([
    { start: 4, end: 9, kind: 'person', score: 1, source: 'user', entity: 1 },
  ]);
});
