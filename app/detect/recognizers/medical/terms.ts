import type { Candidate } from '../../recognizer.ts';

/** A word, and what may stand between it and the next word of a phrase. */
const word = /[\p{L}\p{N}'’-]{1,40}/gu;
const mostWords = 4;

/** Prepares phrases, lower case; the result finds them as whole words, the longest first, in time linear in the text. */
export function findTerms(phrases: readonly string[], score: number): (text: string) => Iterable<Candidate> {
  const known = new Set(phrases);
  const firsts = new Set(phrases.map((phrase) => phrase.split(' ', 1)[0]));
  return function* find(text) {
    const words = Array.from(text.matchAll(word), (match) => ({
      at: match.index,
      text: match[0].toLowerCase(),
    }));
    for (let first = 0; first < words.length; first += 1) {
      const from = words[first];
      if (!from || !firsts.has(from.text)) continue;
      for (let count = mostWords; count > 0; count -= 1) {
        const run = words.slice(first, first + count);
        const last = run.at(-1);
        if (run.length < count || !last || !known.has(run.map((one) => one.text).join(' '))) continue;
        const end = last.at + last.text.length;
        if (/[^ \-'’\p{L}\p{N}]/u.test(text.slice(from.at, end))) continue;
        yield { start: from.at, end, score, verdict: 'plausible' };
        first += count - 1;
        break;
      }
    }
  };
}
