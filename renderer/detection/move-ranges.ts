import type { TextChange } from '../../app/detect/edits.ts';

/**
 * Where stretches of a text are after a change to it. A stretch that the change touches inside keeps what is left of
 * it and takes in what was typed into it; one that vanished is dropped. For drawing until the text was read again.
 */
export function moveRanges<Range extends { readonly start: number; readonly end: number }>(
  ranges: readonly Range[],
  { at, removed, inserted }: TextChange,
): Range[] {
  const shift = inserted - removed;
  const moved: Range[] = [];
  for (const range of ranges) {
    const start =
      range.start < at ? range.start : range.start >= at + removed ? range.start + shift : at + inserted;
    const end = range.end <= at ? range.end : range.end >= at + removed ? range.end + shift : at;
    if (end > start) moved.push({ ...range, start, end });
  }
  return moved;
}
