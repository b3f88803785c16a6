/** Rules and model speak of the same text: who has the word where both speak. */
import type { Span } from '../span.ts';
import type { ModelSpan } from './decode.ts';
import { trimmed } from './decode.ts';
import { isOrdinary } from './ordinary-words.ts';

/**
 * All spans that are worth merging; `model` sorted and disjoint. A rule that covers what the model found knows what it is. A rule inside a span of
 * the model stands when it is proven, or when the model knows the sort alone; what is left beside it stays marked. An
 * unproven rule inside a name of which the model is surer gives way, and one inside a longer span of its own kind. Where the two only meet, `merge` decides.
 */
export function reconcile(text: string, rules: readonly Span[], model: readonly ModelSpan[]): Span[] {
  const kept: Span[] = [];
  const givenWay: Span[] = [];
  /** Rules that a span of the model meets, by its place in the list. */
  const met = new Map<number, Span[]>();
  for (const rule of rules) {
    const first = firstAfter(model, rule.start);
    const around = model[first];
    const weaker =
      rule.source === 'rule' &&
      rule.score < 1 &&
      around !== undefined &&
      !around.coarse &&
      (around.score > rule.score || around.kind === rule.kind) &&
      isWithin(rule, around);
    if (weaker) {
      givenWay.push(rule);
      continue;
    }
    kept.push(rule);
    if (rule.source !== 'rule') continue;
    for (let at = first; at < model.length && (model[at]?.start ?? 0) < rule.end; at += 1) {
      const others = met.get(at);
      if (others) others.push(rule);
      else met.set(at, [rule]);
    }
  }
  const left = model.flatMap((found, at) => {
    const over = met.get(at) ?? [];
    if (over.some((rule) => isWithin(found, rule))) return [];
    const inside = over.filter((rule) => found.coarse || isWithin(rule, found));
    return inside.length === 0 ? [found] : restsOf(text, found, inside);
  });
  const all = [
    ...kept,
    ...left.map(({ start, end, kind, score, source }) => ({ start, end, kind, score, source })),
  ];
  return [...all, ...uncovered(text, givenWay, all)];
}

/** Rules that gave way to a span of which nothing was left where they stand. */
function uncovered(text: string, rules: readonly Span[], by: readonly Span[]): readonly Span[] {
  if (rules.length === 0) return [];
  const covered = new Uint8Array(text.length);
  for (const { start, end } of by) covered.fill(1, start, end);
  const isBare = (at: number) => covered[at] === 0 && /[\p{L}\p{N}]/u.test(text.charAt(at));
  return rules.filter(({ start, end }) => {
    for (let at = start; at < end; at += 1) if (isBare(at)) return true;
    return false;
  });
}

/** The place of the first span that ends after an offset; they are sorted and disjoint. */
function firstAfter(spans: readonly Span[], offset: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Parts of a span that no rule has, where they say something: two letters or digits of a name, no title; four of a number. */
function restsOf(text: string, found: ModelSpan, rules: readonly Span[]): ModelSpan[] {
  const rests: ModelSpan[] = [];
  let from = found.start;
  const add = (to: number) => {
    const part = from < to ? trimmed(text, from, to, found.coarse) : undefined;
    const length = part ? text.slice(part.start, part.end).replace(/[^\p{L}\p{N}]/gu, '').length : 0;
    if (!part || length < (found.coarse ? 4 : 2) || isOrdinary(text.slice(part.start, part.end))) return;
    rests.push({ ...found, ...part });
  };
  for (const rule of [...rules].sort((a, b) => a.start - b.start)) {
    add(rule.start);
    from = Math.max(from, rule.end);
  }
  add(found.end);
  return rests;
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
