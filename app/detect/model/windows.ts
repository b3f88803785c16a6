/**
 * Where a long text is cut for a model that reads so many pieces at a time. Cuts depend on the text around them alone:
 * after an edit they fall where they fell before, and the windows beside it stay as they were.
 */
import type { Pieces } from './wordpiece.ts';

/** Indices of pieces, ends exclusive: the core's tags are taken, the rest is read along with it. */
export interface Window {
  readonly start: number;
  readonly coreStart: number;
  readonly coreEnd: number;
  readonly end: number;
}

/** In pieces. A window is one run, and what a key costs. */
export interface WindowSizes {
  /** A core ends here at the earliest, where the text goes on. */
  readonly shortest: number;
  readonly longest: number;
  /** Read before a core. */
  readonly before: number;
  /** Read after a core that does not end with its sentence. */
  readonly after: number;
}

export const windowSizes: WindowSizes = { shortest: 60, longest: 110, before: 8, after: 4 };

/** How good a place is for a cut: a paragraph's border, a line's, a sentence's, a word's. */
type Rank = 3 | 2 | 1 | 0;

/** Cores cover all pieces, in their order, each once. */
export function windowsOf(text: string, pieces: Pieces, sizes: WindowSizes = windowSizes): Window[] {
  const count = pieces.ids.length;
  const windows: Window[] = [];
  for (let start = 0; start < count;) {
    const { at, rank } =
      count - start <= sizes.longest ? { at: count, rank: 3 as const } : cutAfter(text, pieces, start, sizes);
    windows.push({
      start: contextStart(text, pieces, start, sizes.before),
      coreStart: start,
      coreEnd: at,
      end: rank === 0 ? Math.min(count, at + sizes.after) : at,
    });
    start = at;
  }
  return windows;
}

/** The best place within reach; of equal ones that with the smallest hash of what stands around it. */
function cutAfter(
  text: string,
  pieces: Pieces,
  start: number,
  { shortest, longest }: WindowSizes,
): { at: number; rank: Rank } {
  let best = { at: start + longest, rank: -1 as Rank | -1, hash: 0 };
  for (let at = start + shortest; at <= start + longest; at += 1) {
    if (pieces.words[at] === pieces.words[at - 1]) continue;
    const rank = rankOf(text, pieces, at);
    if (rank < best.rank) continue;
    const hash = hashAround(pieces, at);
    if (rank > best.rank || hash < best.hash) best = { at, rank, hash };
  }
  // A word as long as the reach is cut through.
  return { at: best.at, rank: best.rank === -1 ? 0 : best.rank };
}

/** Pieces read before a core: from the beginning of a sentence where one is near enough. */
function contextStart(text: string, pieces: Pieces, core: number, before: number): number {
  const furthest = Math.max(0, core - before);
  if (furthest === 0) return 0;
  for (let at = furthest; at < core; at += 1) {
    if (pieces.words[at] !== pieces.words[at - 1] && rankOf(text, pieces, at) > 0) return at;
  }
  return furthest;
}

function rankOf(text: string, pieces: Pieces, at: number): Rank {
  const last = pieces.ends[at - 1] ?? 0;
  const gap = text.slice(last, pieces.starts[at] ?? last);
  const line = gap.indexOf('\n');
  if (line >= 0) return gap.includes('\n', line + 1) ? 3 : 2;
  if (gap === '') return /[。！？]/u.test(text.slice(last - 1, last)) ? 1 : 0;
  // An initial or a title before its name ends no sentence: the word before the stop is longer.
  return /(?:[\p{L}\p{N})\]"'”’]{4}\.|[!?;…])["'”’)\]]*$/u.test(text.slice(Math.max(0, last - 8), last))
    ? 1
    : 0;
}

/** FNV-1a (Fowler, Noll, Vo) over the ids of six pieces. */
function hashAround(pieces: Pieces, at: number): number {
  let hash = 0x811c9dc5;
  for (let index = at - 3; index < at + 3; index += 1) {
    hash = Math.imul(hash ^ (pieces.ids[index] ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
