/**
 * What the user changed about what detection marked, and how it is applied. The page's worker and the main process
 * run the same functions, so that what is drawn is what is protected.
 */
import { openers } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { merge } from './merge.ts';
import { fold, normalise } from './normalise.ts';
import { compileOwnWords } from './own-words.ts';
import type { OwnWord } from './own-words.ts';
import type { Mark, Span } from './span.ts';

/** A stretch that the user marked. UTF-16 offsets, `end` exclusive. */
export interface MarkedRange {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
}

/** A stretch whose marks the user took away. */
export interface UnmarkedRange {
  readonly start: number;
  readonly end: number;
  /** The user was shown that it opens something, and said yes. */
  readonly confirmed: boolean;
}

export interface Edits {
  readonly marked: readonly MarkedRange[];
  readonly unmarked: readonly UnmarkedRange[];
}

export const noEdits: Edits = { marked: [], unmarked: [] };

/** Numbers of values that were met before, by their folded text: what `applyEdits` goes on counting from. */
export type KnownEntities = ReadonlyMap<string, number>;

/** Whether a mark goes only after the user was asked: a proven secret, key or token. */
export function needsConfirmation(mark: Pick<Span, 'kind' | 'score'>): boolean {
  return openers.has(mark.kind) && mark.score === 1;
}

/**
 * The marks with the user's edits: first every mark goes that is inside an unmarked stretch, save proven openers
 * without confirmation. One that reaches beyond it stays: the user said that about other words. Then the user's own
 * are added and win over what they overlap. The result is sorted and disjoint. Equal values share an entity, also with
 * those in `known`.
 *
 * Stretches outside the text are ignored here; `editsFit` finds them.
 */
export function applyEdits(
  text: string,
  marks: readonly Mark[],
  edits: Edits,
  known: KnownEntities = new Map(),
): Mark[] {
  const kept = marks.filter((mark) => !edits.unmarked.some((range) => removes(range, mark)));
  const added = edits.marked.flatMap((range) => {
    const whole = wholeCharacters(text, range);
    return whole ? [{ ...whole, kind: range.kind, score: 1, source: 'user' as const }] : [];
  });
  const spans = added.length === 0 ? kept : merge(text, [...kept, ...added]);
  return numbered(text, spans, kept, known);
}

/** Whether every stretch is one of the text: what was edited in another text must not be applied to this one. */
export function editsFit(text: string, { marked, unmarked }: Edits): boolean {
  return [...marked, ...unmarked].every(({ start, end }) => start >= 0 && start < end && end <= text.length);
}

/** Proven openers that an edit takes away without confirmation: what must be asked before. */
export function unconfirmed(marks: readonly Mark[], { unmarked }: Edits): readonly Mark[] {
  return marks.filter(
    (mark) =>
      needsConfirmation(mark) &&
      unmarked.some((range) => holds(range, mark)) &&
      !unmarked.some((range) => range.confirmed && holds(range, mark)),
  );
}

/** The stretch and every other whole word of the text with the same value, whatever its case, as edits. */
export function everywhere(
  text: string,
  range: Pick<Span, 'start' | 'end'>,
  kind: Kind,
): readonly MarkedRange[] {
  const own = wholeCharacters(text, range);
  if (!own) return [];
  const found = wordsIn(text, [{ text: text.slice(own.start, own.end), kind }]);
  const spans: Span[] = [own, ...found].map((one) => ({ ...one, kind, score: 1, source: 'user' }));
  return merge(text, spans).map(({ start, end }) => ({ start, end, kind }));
}

/**
 * Marks words that a change has written, or completed: what was marked by hand and cut out is marked again where it comes
 * back. @param text the text as it is after the change, to which the edits belong.
 */
export function markAgain(
  text: string,
  edits: Edits,
  { at, inserted }: Pick<TextChange, 'at' | 'inserted'>,
  words: readonly OwnWord[],
): Edits {
  if (words.length === 0) return edits;
  // White space and invisible characters make a word longer than it was.
  const reach = 64 + 2 * Math.max(...words.map((word) => word.text.length));
  const from = Math.max(0, at - reach);
  const to = Math.min(text.length, at + inserted + reach);
  const known = (range: MarkedRange) =>
    edits.marked.some(({ start, end }) => start <= range.start && range.end <= end);
  const added = wordsIn(text.slice(from, to), words)
    .map(({ start, end, kind }) => ({ start: start + from, end: end + from, kind }))
    .filter((range) => range.start <= at + inserted && range.end >= at && !known(range));
  return added.length === 0 ? edits : { ...edits, marked: [...edits.marked, ...added] };
}

/** What of a text is a whole word of these. */
function wordsIn(text: string, words: readonly OwnWord[]): readonly MarkedRange[] {
  const normalised = normalise(text);
  return compileOwnWords(words)(normalised.text).map(({ start, end, kind }) => ({
    ...normalised.range(start, end),
    kind,
  }));
}

/** A change of a text: `removed` units at `at` went, `inserted` came in their place. */
export interface TextChange {
  readonly at: number;
  readonly removed: number;
  readonly inserted: number;
}

/**
 * Moves edits along with their text. A change before a stretch shifts it. A change inside an unmarked stretch drops
 * it: the user said that about other words. A marked stretch keeps what is left of it, and what was written into it:
 * nothing loses its protection by a corrected letter.
 */
export function moveEdits(edits: Edits, change: TextChange): Edits {
  const from = change.at;
  const to = change.at + change.removed;
  const shift = change.inserted - change.removed;
  const moved = <R extends MarkedRange | UnmarkedRange>(range: R, inside: (range: R) => R[]): R[] => {
    if (to <= range.start) return [{ ...range, start: range.start + shift, end: range.end + shift }];
    if (from >= range.end) return [range];
    return inside(range);
  };
  return {
    marked: edits.marked.flatMap((range) =>
      moved(range, ({ start, end, kind }) => {
        const within = start <= from && to <= end;
        const left = within ? { start, end: end + shift } : remains(start, end, from, to, shift);
        return left.start < left.end && !(from <= start && to >= end) ? [{ ...left, kind }] : [];
      }),
    ),
    unmarked: edits.unmarked.flatMap((range) => moved(range, () => [])),
  };
}

/** The smallest change from one text to the other. */
export function changeBetween(before: string, after: string): TextChange {
  const most = Math.min(before.length, after.length);
  let at = 0;
  while (at < most && before.charCodeAt(at) === after.charCodeAt(at)) at += 1;
  let tail = 0;
  while (
    tail < most - at &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  return { at, removed: before.length - at - tail, inserted: after.length - at - tail };
}

/** A message whose marks are known. */
export interface MarkedText {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** What the user marked by hand in earlier questions: marked in the next ones too. */
export function wordsOf(earlier: readonly { readonly text: string; readonly edits: Edits }[]): OwnWord[] {
  const words = new Map<string, OwnWord>();
  for (const { text, edits } of earlier) {
    for (const range of edits.marked) {
      const value = text.slice(range.start, range.end).trim();
      if (value !== '') words.set(fold(value), { text: value, kind: range.kind });
    }
  }
  return [...words.values()];
}

/** Numbers for the values of earlier questions, in the order in which they were first written. */
export function entitiesOf(earlier: readonly MarkedText[]): KnownEntities {
  const known = new Map<string, number>();
  for (const { text, marks } of earlier) {
    for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
      const value = fold(text.slice(mark.start, mark.end));
      if (!known.has(value)) known.set(value, known.size + 1);
    }
  }
  return known;
}

function holds(range: Pick<Span, 'start' | 'end'>, mark: Pick<Span, 'start' | 'end'>): boolean {
  return range.start <= mark.start && mark.end <= range.end;
}

function removes(range: UnmarkedRange, mark: Mark): boolean {
  return holds(range, mark) && (range.confirmed || !needsConfirmation(mark));
}

/** The range inside the text, with both halves of a surrogate pair; nothing when it is empty there. */
function wholeCharacters(
  text: string,
  range: Pick<Span, 'start' | 'end'>,
): Pick<Span, 'start' | 'end'> | undefined {
  const start = splitsPair(text, range.start) ? range.start - 1 : Math.max(0, range.start);
  const end = splitsPair(text, range.end) ? range.end + 1 : Math.min(text.length, range.end);
  return start < end ? { start, end } : undefined;
}

function splitsPair(text: string, at: number): boolean {
  const isHigh = (code: number) => code >= 0xd800 && code < 0xdc00;
  const isLow = (code: number) => code >= 0xdc00 && code < 0xe000;
  return at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));
}

/** What is left of a stretch when a change crosses one of its edges: the part outside the change. */
function remains(start: number, end: number, from: number, to: number, shift: number) {
  return from <= start ? { start: to + shift, end: end + shift } : { start, end: from };
}

/** Gives entity numbers: detection's own groups stay groups, equal values share a number. */
function numbered(
  text: string,
  spans: readonly Span[],
  detected: readonly Mark[],
  known: KnownEntities,
): Mark[] {
  const valueOf = (span: Pick<Span, 'start' | 'end'>) => fold(text.slice(span.start, span.end));
  const groups = new Map(detected.map((mark) => [valueOf(mark), mark.entity]));
  const knownOfGroup = new Map<number, number>();
  for (const [value, group] of groups) {
    const number = known.get(value);
    if (number !== undefined && !knownOfGroup.has(group)) knownOfGroup.set(group, number);
  }
  const given = new Map<string | number, number>();
  let next = Math.max(0, ...known.values());
  return spans.map((span) => {
    const value = valueOf(span);
    const group = groups.get(value);
    const earlier = group === undefined ? known.get(value) : knownOfGroup.get(group);
    const key = group ?? value;
    const entity = earlier ?? given.get(key) ?? ++next;
    given.set(key, entity);
    return { ...span, entity };
  });
}
