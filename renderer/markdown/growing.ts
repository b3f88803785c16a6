import { blocksOf, parseMarkdown } from './parse.ts';
import type { ParsedBlock } from './parse.ts';
import type { Block } from './tree.ts';

/** An answer that is still being written. */
export interface GrowingMarkdown {
  /** Takes the text so far. Blocks that ended keep their identity; only what may still change is read again. */
  grow(text: string): readonly Block[];
}

/**
 * Reads a growing text: a block is settled once another one, of a whole line at least, stands behind it. Text that does not go on from what was
 * there before is read from its beginning.
 */
export function createGrowingMarkdown(): GrowingMarkdown {
  let settledText = '';
  let settled: readonly Block[] = [];

  return {
    grow(text) {
      if (!text.startsWith(settledText)) {
        settledText = '';
        settled = [];
      }
      const open = text.slice(settledText.length);
      // A carriage return may be half of a line's end: positions hold for texts without them alone.
      if (open.includes('\r')) return [...settled, ...blocksOf(open)];
      const parsed = parseMarkdown(open);
      const done = parsed.slice(0, lastOpen(parsed));
      if (done.length > 0) {
        settledText += done.map(({ raw }) => raw).join('');
        settled = [...settled, ...done.flatMap(({ block }) => block ?? [])];
      }
      return [...settled, ...parsed.slice(done.length).flatMap(({ block }) => block ?? [])];
    },
  };
}

/**
 * The first block that may still change: the last one, and while that is an unfinished line the one before it too.
 * `1` after a list is a paragraph until `1. ` makes it the list's next item.
 */
function lastOpen(parsed: readonly ParsedBlock[]): number {
  const shown = parsed.flatMap(({ block }, index) => (block ? [index] : []));
  const last = shown.at(-1) ?? 0;
  const wholeLine = parsed
    .slice(last)
    .map(({ raw }) => raw)
    .join('')
    .includes('\n');
  return wholeLine ? last : (shown.at(-2) ?? 0);
}
