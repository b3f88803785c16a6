import type { Kind } from './kinds.ts';

/**
 * What a look beyond the pattern said of a match:
 * - `proven`: a checksum or a decoded structure held. The score becomes 1.
 * - `checked`: a checksum held that many a number passes by chance, one in ten or so. A context word makes it
 *   proven; without one the pattern's own score stands.
 * - `plausible`: nothing speaks against it. The pattern's own score stands.
 * - `doubtful`: something speaks against it. Only a context word brings it back over the threshold.
 * - `broken`: its checksum failed, so it is none of its kind. After a context word it is marked all the same, as
 *   a number of an account: a mistyped card number after the word "card" still gives most of the card away.
 */
export type Verdict = 'proven' | 'checked' | 'plausible' | 'doubtful' | 'broken';

/** A match before context words and threshold; offsets into the normalised text. */
export interface Candidate {
  readonly start: number;
  readonly end: number;
  readonly score: number;
  readonly verdict: Verdict;
  /** Stands where a secret would stand and is none, such as `${TOKEN}`: marked only when asked for. */
  readonly placeholder?: boolean;
}

/**
 * Finds one sort of sensitive value. `marked` and `clear` are its specification: the parts between « and »
 * are marked as `kind`, and nothing of `clear` is. The test suite runs both lists.
 */
export interface Recognizer {
  readonly kind: Kind;
  /** Words that speak for a match when they stand among the five words before it; lower case. */
  readonly context: readonly string[];
  readonly marked: readonly string[];
  readonly clear: readonly string[];
  find(text: string): Iterable<Candidate>;
  /** The form in which two values of this kind are the same thing; by default their folded text. */
  canonical?(value: string): string;
}

/** What `judge` may say of a match; `null` drops it. `length` shortens it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly score?: number;
  readonly length?: number;
  readonly placeholder?: boolean;
}

export interface Pattern {
  /** With flag `g`; and flag `d` where a group named `value` holds the part to be marked. */
  readonly regex: RegExp;
  /** The score of a match with nothing else known, 0..1. */
  readonly score: number;
  judge?(value: string, before: string): Judgement | null;
}

/** Characters before a match that `judge` is shown. */
const lookBack = 24;

/**
 * A `find` that runs patterns one after the other. What a match does not take, because its judge dropped or shortened
 * it, is searched again: a value may begin within. So a pattern whose matches are not bounded in length is not linear.
 */
export function patterns(...list: readonly Pattern[]): (text: string) => Iterable<Candidate> {
  return function* find(text) {
    for (const pattern of list) {
      const regex = new RegExp(pattern.regex);
      for (let match = regex.exec(text); match; match = regex.exec(text)) {
        const start = match.indices?.groups?.['value']?.[0] ?? match.index;
        const value = match.groups?.['value'] ?? match[0];
        const judgement = pattern.judge
          ? pattern.judge(value, text.slice(Math.max(0, start - lookBack), start))
          : plausible;
        const end = start + (judgement?.length ?? value.length);
        const next = judgement === null ? 0 : judgement.length === undefined ? regex.lastIndex : end;
        regex.lastIndex = Math.max(next, afterFirst(text, match.index));
        if (judgement === null) continue;
        yield {
          start,
          end,
          score: judgement.score ?? pattern.score,
          verdict: judgement.verdict,
          placeholder: judgement.placeholder ?? false,
        };
      }
    }
  };
}

/** Behind the code point at `at`: within one, a pattern with flag `u` would find it again. */
function afterFirst(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}

export const proven: Judgement = { verdict: 'proven' };
export const plausible: Judgement = { verdict: 'plausible' };
export const doubtful: Judgement = { verdict: 'doubtful' };

export const checked: Judgement = { verdict: 'checked' };
export const broken: Judgement = { verdict: 'broken' };

/**
 * A regular expression for a value that stands alone: no letter, digit, currency sign or `#` right before it; where it
 * begins with a digit, no number whose next group it would be; nothing right after it that it goes on into.
 */
export function alone(source: string, flags = 'gu'): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}_$€£#-])(?!(?<=\\d[ ./])\\d)(?:${source})(?![\\p{L}\\p{N}_%-]|[./]\\d)`,
    flags,
  );
}

/** `canonical` for values whose separators and case carry nothing. */
export function lettersAndDigits(value: string): string {
  return value.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
}
