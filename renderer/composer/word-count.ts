import type { Piece } from './segments.ts';

export interface WordCount {
  /** Words of which a part leaves encrypted. */
  readonly encrypted: number;
  /** Words of which a part would leave in clear. */
  readonly clear: number;
  /** Words that stay on this machine. */
  readonly stay: number;
}

/** Beyond this length words are told by white space alone. */
const segmentedUpTo = 20_000;

/**
 * Counts the words of a prompt by their way. A word that two pieces share goes by the one that leaves.
 * @param pieces sorted and disjoint.
 */
export function countWords(text: string, pieces: readonly Piece[], locale: string): WordCount {
  let encrypted = 0;
  let clear = 0;
  let stay = 0;
  let at = 0;
  for (const { start, end } of wordsOf(text, locale)) {
    while ((pieces[at]?.end ?? Infinity) <= start) at += 1;
    let leaves = false;
    let open = false;
    for (let next = at; (pieces[next]?.start ?? Infinity) < end; next += 1) {
      const route = pieces[next]?.route;
      leaves ||= route === 'sensitive' || route === 'follows';
      open ||= route === 'clear';
    }
    if (open) clear += 1;
    else if (leaves) encrypted += 1;
    else stay += 1;
  }
  return { encrypted, clear, stay };
}

function* wordsOf(text: string, locale: string): Generator<{ start: number; end: number }> {
  if (text.length > segmentedUpTo) {
    for (const match of text.matchAll(/\S+/g))
      yield { start: match.index, end: match.index + match[0].length };
    return;
  }
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  for (const { index, segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true) yield { start: index, end: index + segment.length };
  }
}
