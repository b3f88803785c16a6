/**
 * Own words as text, for export and import: one a line, `words<Tab>kind<Tab>pattern`. What follows the words may be
 * left out: a plain list of words is a list of kind `custom`. Words hold no tab, so every list survives the round trip.
 */
import { kinds } from '../../app/detect/kinds.ts';
import type { Kind } from '../../app/detect/kinds.ts';

export interface OwnWordEntry {
  readonly text: string;
  readonly kind: Kind;
  readonly pattern: boolean;
}

export interface ReadWords {
  readonly words: readonly OwnWordEntry[];
  /** Lines that were not understood, by number from 1. */
  readonly problems: readonly { readonly line: number; readonly reason: 'kind' | 'length' | 'pattern' }[];
}

const longestWord = 200;

export function writeOwnWords(words: readonly OwnWordEntry[]): string {
  return words
    .map(({ text, kind, pattern }) =>
      [text, ...(pattern || kind !== 'custom' ? [kind] : []), ...(pattern ? ['pattern'] : [])].join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('');
}

export function readOwnWords(text: string): ReadWords {
  const words: OwnWordEntry[] = [];
  const problems: ReadWords['problems'][number][] = [];
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    const [word = '', kindName = '', last = ''] = line.split('\t').map((part) => part.trim());
    if (word === '') continue;
    const kind = kindName === '' ? 'custom' : kinds.find((known) => known === kindName.toLowerCase());
    if (kind === undefined) problems.push({ line: i + 1, reason: 'kind' });
    else if (word.length > longestWord || /\p{Cc}/u.test(word))
      problems.push({ line: i + 1, reason: 'length' });
    else if (last !== '' && last.toLowerCase() !== 'pattern')
      problems.push({ line: i + 1, reason: 'pattern' });
    else words.push({ text: word, kind, pattern: last !== '' });
  }
  return { words, problems };
}

/** Adds words to a list: the same words again, whatever their case, replace the older entry. */
export function mergeOwnWords(
  before: readonly OwnWordEntry[],
  added: readonly OwnWordEntry[],
): readonly OwnWordEntry[] {
  const merged = new Map(before.map((word) => [keyOf(word), word]));
  for (const word of added) merged.set(keyOf(word), word);
  return [...merged.values()];
}

function keyOf({ text, pattern }: OwnWordEntry): string {
  return `${pattern ? 'pattern' : 'word'} ${text.normalize('NFKC').toLowerCase()}`;
}
