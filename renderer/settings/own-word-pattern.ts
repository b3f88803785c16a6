/** Judges and tries an own word before it is added. */
import { normalise } from '../../app/detect/normalise.ts';
import { compileOwnWords } from '../../app/detect/own-words.ts';
import type { OwnWordEntry } from './own-word-text.ts';

export type WordProblem = 'empty' | 'broad' | 'known';

/** What speaks against adding a word; `null` for nothing. */
export function judgeWord(
  word: Pick<OwnWordEntry, 'text' | 'pattern'>,
  list: readonly OwnWordEntry[],
): WordProblem | null {
  const text = word.text.trim();
  if (text === '') return 'empty';
  // Wild cards alone, or with signs around them, are in every text.
  if (word.pattern && !/[\p{L}\p{N}#]/u.test(text)) return 'broad';
  if (!word.pattern && !/[\p{L}\p{N}\p{S}]/u.test(text)) return 'broad';
  const same = (known: OwnWordEntry) =>
    known.pattern === word.pattern && known.text.toLowerCase() === text.toLowerCase();
  return list.some(same) ? 'known' : null;
}

/** How often a word is found in a text, as detection would find it. */
export function countWord(word: Pick<OwnWordEntry, 'text' | 'pattern'>, text: string): number {
  const spans = compileOwnWords([{ text: word.text, pattern: word.pattern }])(normalise(text).text);
  // Overlapping finds of one word are marked as one.
  let found = 0;
  let end = -1;
  for (const span of spans) {
    if (span.start >= end) found += 1;
    end = Math.max(end, span.end);
  }
  return found;
}
