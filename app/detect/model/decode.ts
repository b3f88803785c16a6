/** From tagged words to sensitive spans. */
import type { Kind } from '../kinds.ts';
import { defaultThreshold } from '../score.ts';
import type { Span } from '../span.ts';
import type { ModelFacts, ModelKind } from './classifier.ts';
import { isOrdinary } from './ordinary-words.ts';
import { isPlausible } from './plausible.ts';
import type { TaggedWord } from './reader.ts';
import { hasNounCapitals, isNoName, isPeople } from './surface.ts';

/** A span that the model found. */
export interface ModelSpan extends Span {
  /** The model knows a sort of value alone, such as an identifier: a rule that knows the value knows better. */
  readonly coarse: boolean;
}

/** 1 is for the proven alone. */
const mostUnproven = 0.99;
/** Under the lowest thresholds of a user, the model still does not mark what it is a quarter as sure of as it should be. */
const leastShare = 0.25;

/**
 * A word is marked when the probability that it is anything reaches the threshold of its likeliest kind. Words of one
 * kind join until one begins a span; no span goes over a blank line.
 *
 * The user's threshold moves the model's: at the default of 0.4 each kind has its own, at 1 nothing is marked that is
 * not proven. Scores are on the scale of the rules: a word at its kind's own threshold has 0.4.
 *
 * @param text that the words' offsets point into.
 */
export function spansOf(
  text: string,
  words: readonly TaggedWord[],
  facts: ModelFacts,
  threshold = defaultThreshold,
): ModelSpan[] {
  const found: Found[] = [];
  let open: Found | undefined;
  for (const { start, end, tags } of words) {
    const any = 1 - (tags[0] ?? 1);
    const kind = likeliest(tags, facts.kinds);
    if (kind === undefined || any < probabilityAt(threshold, kind.threshold)) {
      open = undefined;
      continue;
    }
    const score = scoreOf(any, kind.threshold);
    const begins = (tags[kind.begin] ?? 0) > (tags[kind.inside] ?? 0);
    if (open?.kind === kind && !begins && !/\n\s*\n/.test(text.slice(open.end, start))) {
      open.end = end;
      open.scores.push(score);
    } else {
      open = { start, end, kind, scores: [score] };
      found.push(open);
    }
  }
  const least = hasNounCapitals(text) ? sureOfNouns : 0;
  return joinedAddresses(
    text,
    wholeValues(
      text,
      found.flatMap((span) => apart(text, span)).flatMap((span) => finished(text, span) ?? []),
    ).filter(({ start, end, kind, coarse }) => {
      const value = text.slice(start, end);
      return !coarse || (isPlausible(kind, value) && !isOrdinary(value));
    }),
  ).flatMap((span) => (named.has(span.kind) ? (asName(text, span, least) ?? []) : span));
}

interface Found {
  readonly start: number;
  end: number;
  readonly kind: ModelKind;
  readonly scores: number[];
}

/** Tried once for a run of white space, not from each of its characters. */
const conjunction = /(?:,|(?<![\s,]))\s{1,8}(?:and|or|und|oder|et|ou|y|e|&)\s{1,8}/giu;

/** People with a conjunction between them are several. */
function apart(text: string, span: Found): Found[] {
  if (span.kind.kind !== 'person') return [span];
  const parts: Found[] = [];
  let { start } = span;
  for (const { index, 0: between } of text.slice(span.start, span.end).matchAll(conjunction)) {
    parts.push({ ...span, start, end: span.start + index });
    start = span.start + index + between.length;
  }
  return [...parts, { ...span, start }];
}

function likeliest(tags: Float32Array, kinds: readonly ModelKind[]): ModelKind | undefined {
  const mass = ({ begin, inside }: ModelKind) => (tags[begin] ?? 0) + (tags[inside] ?? 0);
  return kinds.reduce<ModelKind | undefined>(
    (best, kind) => (best && mass(best) >= mass(kind) ? best : kind),
    undefined,
  );
}

/** The probability that a user's threshold asks for, where the kind's own is `own`. */
function probabilityAt(threshold: number, own: number): number {
  return threshold <= defaultThreshold
    ? own * Math.max(leastShare, threshold / defaultThreshold)
    : own + ((threshold - defaultThreshold) / (1 - defaultThreshold)) * (1 - own);
}

/** The other way round: 0..1 on the scale of the rules. */
function scoreOf(probability: number, own: number): number {
  const score =
    probability < own
      ? (probability / own) * defaultThreshold
      : defaultThreshold + ((probability - own) / Math.max(1e-6, 1 - own)) * (1 - defaultThreshold);
  return Math.min(mostUnproven, score);
}

/** Of a template: a name has none of these. */
const placeholder = /[{}<>_]/;

const named: ReadonlySet<Kind> = new Set<Kind>(['person', 'place', 'organisation']);
/**
 * The least score of a name whose letters do not speak for it. In small letters there are fewer names than words that
 * look like them; in capitals alone stand abbreviations and emphasis; at the beginning of a sentence every word has one.
 */
const sureOfLetters = 0.8;
/** That of any name in a language that gives every noun a capital. */
const sureOfNouns = 0.9;

/** A span that the model calls a name, as what its letters let it be. */
function asName(text: string, span: ModelSpan, least: number): ModelSpan | undefined {
  const value = text.slice(span.start, span.end);
  if (isPeople(value)) return { ...span, kind: 'group' };
  const telling = beginsSentence(text, span.start) ? value.replace(/^\S+\s+/u, '') : value;
  const speaks = /[\p{Lu}\p{Lt}\p{Lo}\p{N}]/u.test(telling) && !isCapitals(value);
  return isNoName(value) || span.score < Math.max(least, speaks ? 0 : sureOfLetters) ? undefined : span;
}

function isCapitals(value: string): boolean {
  return /\p{Lu}.*\p{Lu}/su.test(value) && !/\p{Ll}/u.test(value);
}

function beginsSentence(text: string, at: number): boolean {
  return /(?:^|[.!?…\n])[\s\p{Ps}\p{Pi}"'*-]*$/u.test(text.slice(Math.max(0, at - 8), at));
}

function finished(text: string, { start, end, kind, scores }: Found): ModelSpan | undefined {
  const inner = trimmed(text, start, end, kind.kind === null);
  if (!inner) return undefined;
  const value = text.slice(inner.start, inner.end);
  if (kind.kind !== null && (isOrdinary(value) || placeholder.test(value))) return undefined;
  const sure = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return {
    ...inner,
    kind: kind.kind ?? (kind.name === 'contact' ? contactKind(value) : identifierKind(value)),
    score: sure,
    source: 'model',
    coarse: kind.kind === null,
  };
}

/** A number or an address of the network has no white space inside: what it is joined to by such a character is of it. */
const goesOn = /^(?:(?:[-._@+/?=&#%~]|:\/\/)?[\p{L}\p{M}\p{N}])*\/?/u;
const goesBack = /(?:[\p{L}\p{M}\p{N}](?:[-._@+/]|:\/\/)?)*$/u;
/** Looks no further than this for the ends of a value. */
const longestValue = 256;

/** Coarse spans as far as their values go; what else was found in them is a part of them. */
function wholeValues(text: string, spans: readonly ModelSpan[]): ModelSpan[] {
  const whole: ModelSpan[] = [];
  for (const span of spans) {
    const last = whole.at(-1);
    if (last?.coarse && span.end <= last.end) continue;
    const least = last?.coarse ? last.end : 0;
    const grown = span.coarse ? grownTo(text, span, least) : { ...span, start: Math.max(span.start, least) };
    while (grown.coarse && (whole.at(-1)?.end ?? 0) > grown.start) whole.pop();
    whole.push(grown);
  }
  return whole;
}

function grownTo(text: string, span: ModelSpan, least: number): ModelSpan {
  const before = goesBack.exec(text.slice(Math.max(least, span.start - longestValue), span.start))?.[0] ?? '';
  const after = goesOn.exec(text.slice(span.end, span.end + longestValue))?.[0] ?? '';
  const [start, end] = [span.start - before.length, span.end + after.length];
  const value = text.slice(start, end);
  return {
    ...span,
    start,
    end,
    kind: contactKinds.has(span.kind) ? contactKind(value) : identifierKind(value),
  };
}

/** House, street, town and country are one address where they stand together; one without a number is a place. */
function joinedAddresses(text: string, spans: readonly ModelSpan[]): ModelSpan[] {
  const joined: ModelSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const isPart = ({ kind }: Span) => kind === 'address' || kind === 'place';
    if (
      last &&
      isPart(last) &&
      isPart(span) &&
      (last.kind === 'address' || span.kind === 'address') &&
      /^[,.;]?[ \t]?\n?[ \t]?$/.test(text.slice(last.end, span.start))
    ) {
      const score = Math.max(last.score, span.score);
      joined[joined.length - 1] = { ...last, end: span.end, kind: 'address', score };
    } else joined.push(span);
  }
  return joined.map((span) =>
    span.kind === 'address' && !/\p{N}/u.test(text.slice(span.start, span.end))
      ? { ...span, kind: 'place' }
      : span,
  );
}

const letterOrDigit = /[\p{L}\p{N}]/u;

/**
 * Without white space and punctuation at the ends that belongs to the sentence, and without a possessive `'s`; nothing
 * when no letter or digit is left. @param exact `+1`, `@name` and `#7` keep their first character.
 */
export function trimmed(
  text: string,
  start: number,
  end: number,
  exact = false,
): { start: number; end: number } | undefined {
  let value = text.slice(start, end);
  if (!letterOrDigit.test(value)) return undefined;
  value = value.replace(exact ? /^[\s,;:.!?"“”‘’')\]}]+/u : /^[\s\p{P}]+/u, '');
  const from = end - value.length;
  value = withoutEnd(value);
  for (const [opening, closing] of ['()', '[]', '{}']) {
    if (
      closing !== undefined &&
      opening !== undefined &&
      value.endsWith(closing) &&
      !value.includes(opening)
    ) {
      value = value.slice(0, -1).trimEnd();
    }
  }
  value = value.replace(/['’]s$/iu, '');
  return letterOrDigit.test(value) ? { start: from, end: from + value.length } : undefined;
}

/** A full stop is the model's to decide: `Inc.` and `St.` have theirs. */
const ofTheSentence = /[\s,;:!?"“”‘’'([{<\p{Pd}]/u;

/** From the end on: a pattern for the end would be tried at each white space within. */
function withoutEnd(value: string): string {
  let end = value.length;
  while (end > 0 && ofTheSentence.test(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end);
}

const contactKinds: ReadonlySet<Kind> = new Set<Kind>(['handle', 'email', 'phone', 'url']);

/** What a way to reach someone is, where no rule knows it. */
export function contactKind(value: string): Kind {
  if (/^\s*@/.test(value)) return 'handle';
  if (value.includes('@')) return 'email';
  const digits = value.replace(/\P{Nd}/gu, '').length;
  if (digits >= 5 && !/\p{L}{3}/u.test(value)) return 'phone';
  return /\p{L}[./]\p{L}|:\/\//u.test(value) ? 'url' : 'handle';
}

/** Nine to fourteen digits with two letters at most look like what a state gives; all else is of some account. */
export function identifierKind(value: string): Kind {
  const digits = value.replace(/\P{Nd}/gu, '').length;
  const letters = value.replace(/\P{L}/gu, '').length;
  return digits >= 9 && digits <= 14 && letters <= 2 ? 'national-id' : 'account';
}
