/** The stretch of a text that a search shows: around the first words found, on one line. */

export interface Stretch {
  /** UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface Excerpt {
  readonly excerpt: string;
  /** Within the excerpt. */
  readonly found: readonly Stretch[];
}

const length = 240;
const before = 60;
const mostRanges = 100;

/** @param found where words were found in the text, in order. */
export function excerptOf(text: string, found: readonly Stretch[]): Excerpt {
  const [first] = found;
  const start = first === undefined || text.length <= length ? 0 : wordStart(text, first.start);
  const end = Math.min(text.length, wholeAt(text, start + length));
  const head = start > 0 ? '…' : '';
  const tail = end < text.length ? '…' : '';
  const shift = head.length - start;
  return {
    excerpt: head + text.slice(start, end).replace(/[\s\p{Cc}]/gu, ' ') + tail,
    found: found
      .filter((range) => range.start >= start && range.end <= end)
      .slice(0, mostRanges)
      .map((range) => ({ start: range.start + shift, end: range.end + shift })),
  };
}

/** Where to begin so that some words stand before the first one found. */
function wordStart(text: string, firstFound: number): number {
  const earliest = Math.max(0, firstFound - before);
  if (earliest === 0) return 0;
  const space = text.slice(earliest, firstFound).search(/\s/u);
  return space === -1 ? wholeAt(text, earliest) : earliest + space + 1;
}

/** Not in the middle of a surrogate pair. */
function wholeAt(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff ? offset - 1 : offset;
}
