import type { Mark } from '../../app/detect/span.ts';

/** A stretch of a prompt with its way, as a plan gives it. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly route: 'sensitive' | 'follows' | 'local' | 'clear';
}

/** A stretch that is drawn in one way. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly route: Piece['route'];
  /** The index of the mark that it shows; -1 for none. */
  readonly mark: number;
}

/**
 * How a text is drawn: what is marked is sensitive from the moment it is found, whatever an older plan said; the plan
 * says the way of the rest. What it calls sensitive and is not marked leaves encrypted all the same, with a mark that its
 * token shares, so it is not drawn as what stays; save the space before a marked word, which most tokens begin with.
 * @param marks sorted and disjoint. @param pieces sorted and disjoint.
 * @param from where to begin. @param to where to end.
 * @returns segments without gaps from `from` to `to`; none of them is empty.
 */
export function segmentsOf(
  text: string,
  marks: readonly Mark[],
  pieces: readonly Piece[],
  from: number,
  to: number,
): Segment[] {
  const segments: Segment[] = [];
  let mark = firstEndingAfter(marks, from);
  let piece = firstEndingAfter(pieces, from);
  for (let at = from; at < to;) {
    while ((marks[mark]?.end ?? Infinity) <= at) mark += 1;
    while ((pieces[piece]?.end ?? Infinity) <= at) piece += 1;
    const next = marks[mark];
    const way = pieces[piece];
    const inMark = next !== undefined && next.start <= at;
    const inPiece = way !== undefined && way.start <= at;
    const end = Math.min(
      to,
      inMark ? next.end : (next?.start ?? to),
      inMark ? to : inPiece ? way.end : (way?.start ?? to),
    );
    const route = inMark ? 'sensitive' : inPiece ? besideMarks(way.route, text.slice(at, end)) : 'local';
    const last = segments.at(-1);
    if (last && !inMark && last.mark === -1 && last.route === route) {
      segments[segments.length - 1] = { ...last, end };
    } else {
      segments.push({ start: at, end, route, mark: inMark ? mark : -1 });
    }
    at = end;
  }
  return segments;
}

function besideMarks(route: Piece['route'], words: string): Piece['route'] {
  if (route !== 'sensitive') return route;
  return words.trim() === '' ? 'local' : 'follows';
}

/** The first stretch that ends behind a position. */
export function firstEndingAfter(stretches: readonly { readonly end: number }[], at: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle]?.end ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the mark at a caret's position, its ends included; -1 for none. */
export function markAt(marks: readonly Mark[], at: number): number {
  const index = firstEndingAfter(marks, at - 1);
  const mark = marks[index];
  return mark && mark.start <= at && at <= mark.end ? index : -1;
}
