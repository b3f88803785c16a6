import type { CountryCode } from 'libphonenumber-js';
import { compileAllowList, type Allowed } from './allow-list.ts';
import { kinds, type Kind } from './kinds.ts';
import { merge } from './merge.ts';
import { spansOf } from './model/decode.ts';
import type { Reader } from './model/reader.ts';
import { reconcile } from './model/reconcile.ts';
import { fold, normalise } from './normalise.ts';
import type { NormalisedText } from './normalise.ts';
import { compileOwnWords, type OwnWord } from './own-words.ts';
import type { Recognizer } from './recognizer.ts';
import { createRecognizers, defaultRegions } from './recognizers/index.ts';
import { defaultThreshold, kindOf, scoreOf } from './score.ts';
import type { Mark, Span } from './span.ts';

export interface DetectOptions {
  /** The kinds that are looked for; all of them if not given. The user's own words are marked in any case. */
  readonly kinds?: readonly Kind[];
  /** The lowest score that is marked, 0..1; 0.4 if not given. */
  readonly threshold?: number;
  readonly words?: readonly (string | OwnWord)[];
  readonly allow?: readonly (string | Allowed)[];
  /** Mark `${TOKEN}`, `AKIA...EXAMPLE`, loopback addresses and the like too; false if not given. */
  readonly placeholders?: boolean;
  /** Countries whose phone numbers are read without a country code, the likeliest first. */
  readonly regions?: readonly CountryCode[];
}

export interface Detector {
  /** What rules and the user's own words mark, at once. */
  detect(text: string): Mark[];
  /**
   * What rules, the user's own words and the model mark.
   * @param between see `Reader.read`. @throws as `Reader.read`: a text that the model did not read was not checked.
   */
  detectWith(model: Reader, text: string, between?: () => Promise<void> | void): Promise<Mark[]>;
}

/**
 * Prepares a detector. It is pure: the same text, and the same model, give the same marks, sorted, without overlaps, in
 * UTF-16 units of the text as typed. Its time grows linearly with the text.
 */
export function createDetector(options: DetectOptions = {}): Detector {
  const threshold = options.threshold ?? defaultThreshold;
  const wanted = new Set<Kind>(options.kinds ?? kinds);
  const recognizers = createRecognizers(options.regions ?? defaultRegions).filter(({ kind }) =>
    wanted.has(kind),
  );
  const ownWords = compileOwnWords((options.words ?? []).map(asEntry));
  const isAllowed = compileAllowList((options.allow ?? []).map(asEntry));
  const placeholders = options.placeholders ?? false;

  const byRules = (text: string): Span[] => {
    const candidates = ownWords(text);
    for (const recognizer of recognizers) {
      for (const candidate of recognizer.find(text)) {
        if (candidate.placeholder && !placeholders) continue;
        const score = scoreOf(candidate, recognizer, text);
        const kind = kindOf(candidate, recognizer);
        if (score < threshold || !wanted.has(kind)) continue;
        candidates.push({ start: candidate.start, end: candidate.end, kind, score, source: 'rule' });
      }
    }
    return candidates;
  };
  const marksOf = (normalised: NormalisedText, candidates: readonly Span[]): Mark[] => {
    const { text } = normalised;
    const kept = merge(text, candidates).filter((span) => !isAllowed(span, text.slice(span.start, span.end)));
    return asTyped(kept, normalised, numberEntities(recognizers));
  };

  return {
    detect(typed) {
      const normalised = normalise(typed);
      return marksOf(normalised, byRules(normalised.text));
    },
    async detectWith(model, typed, between) {
      const normalised = normalise(typed);
      const { text } = normalised;
      const words = await model.read(text, between);
      const found = spansOf(text, words, model.facts, threshold).filter(({ kind }) => wanted.has(kind));
      return marksOf(normalised, reconcile(text, byRules(text), found));
    },
  };
}

/** Marks the sensitive spans of one text; `createDetector` is cheaper for many. */
export function detect(text: string, options: DetectOptions = {}): Mark[] {
  return createDetector(options).detect(text);
}

function asEntry<Entry extends { readonly text: string }>(entry: string | Entry): Entry | { text: string } {
  return typeof entry === 'string' ? { text: entry } : entry;
}

/** Gives out entity numbers: equal values of any kind get one number. */
function numberEntities(recognizers: readonly Recognizer[]): (kind: Kind, value: string) => number {
  const numbers = new Map<string, number>();
  return (kind, value) => {
    const key = recognizers.find((recognizer) => recognizer.kind === kind)?.canonical?.(value) ?? fold(value);
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
}

/** Takes disjoint spans back to the text as typed, where two of them may meet in one character: the first has it. */
function asTyped(
  spans: readonly Span[],
  normalised: NormalisedText,
  entityOf: (kind: Kind, value: string) => number,
): Mark[] {
  const marks: Mark[] = [];
  let taken = 0;
  for (const span of spans) {
    const typed = normalised.range(span.start, span.end);
    const start = Math.max(typed.start, taken);
    if (start >= typed.end) continue;
    const entity = entityOf(span.kind, normalised.text.slice(span.start, span.end));
    marks.push({ ...span, start, end: typed.end, entity });
    taken = typed.end;
  }
  return marks;
}
