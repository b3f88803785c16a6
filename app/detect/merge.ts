import type { Span } from './span.ts';

/**
 * Makes spans disjoint and sorts them. Overlapping spans of one kind become one; where kinds overlap, the
 * user's span, then the higher score, then the longer span decides, and the loser keeps the rest of its
 * range: what any span covers stays covered, save rests without a letter or digit.
 *
 * `text` is the text that the offsets point into. Linear in its length, for a fixed set of kinds.
 */
export function merge(text: string, spans: readonly Span[]): Span[] {
  const ranked = uniteByKind(spans).sort(weakestFirst);
  // Paint from the weakest to the strongest: the last coat shows.
  const coat = new Int32Array(text.length);
  for (const [index, span] of ranked.entries()) coat.fill(index + 1, span.start, span.end);

  const merged: Span[] = [];
  for (let start = 0; start < text.length;) {
    let end = start + 1;
    while (end < text.length && coat[end] === coat[start]) end += 1;
    const owner = ranked[(coat[start] ?? 0) - 1];
    const piece = owner && remainder(text, owner, start, end);
    if (piece) merged.push(piece);
    start = end;
  }
  return merged;
}

function uniteByKind(spans: readonly Span[]): Span[] {
  const last = new Map<string, number>();
  const united: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const index = last.get(span.kind);
    const open = index === undefined ? undefined : united[index];
    if (index !== undefined && open && span.start < open.end) {
      united[index] = {
        ...open,
        end: Math.max(open.end, span.end),
        score: Math.max(open.score, span.score),
        source: open.source === 'user' || span.source === 'user' ? 'user' : open.source,
      };
    } else {
      last.set(span.kind, united.push(span) - 1);
    }
  }
  return united;
}

function weakestFirst(a: Span, b: Span): number {
  return (
    Number(a.source === 'user') - Number(b.source === 'user') ||
    a.score - b.score ||
    a.end - a.start - (b.end - b.start) ||
    b.start - a.start ||
    (a.kind < b.kind ? -1 : 1)
  );
}

/** What shows of a span: itself, or a part without white space at its ends, if anything worth hiding is left. */
function remainder(text: string, span: Span, start: number, end: number): Span | undefined {
  if (start === span.start && end === span.end) return span;
  const part = text.slice(start, end);
  if (!/[\p{L}\p{N}]/u.test(part)) return undefined;
  return {
    ...span,
    start: start + (part.length - part.trimStart().length),
    end: end - (part.length - part.trimEnd().length),
  };
}
