/** Which part of a long text a text area shows. */
export interface VisibleRange {
  /** The beginning of a line as it is drawn, at or above the top. */
  readonly from: number;
  readonly to: number;
}

/** Up to this length the whole text is drawn. */
export const drawWholeUpTo = 8000;
/** A paragraph longer than this is drawn from the visible line on, not from its beginning. */
const longestParagraph = 4000;

/**
 * Asks the browser which characters stand at the corners of the area. `null` where it cannot say: something lies over
 * the area, or it is off screen.
 */
export function visibleRange(area: HTMLTextAreaElement, text: string): VisibleRange | null {
  if (text.length <= drawWholeUpTo) return { from: 0, to: text.length };
  const box = area.getBoundingClientRect();
  const top = Math.max(box.top, 0) + 2;
  const bottom = Math.min(box.bottom, window.innerHeight) - 2;
  // Both ends of a line: which one comes first depends on the direction of its script.
  const corners = [top, bottom].map((y) =>
    [box.left + 2, box.left + area.clientWidth - 2].map((x) => offsetAt(area, x, y)),
  );
  const [first, last] = corners.map((offsets) => offsets.filter((offset) => offset !== null));
  if (!first?.length || !last?.length) return null;
  const line = Math.min(...first);
  const paragraph = text.lastIndexOf('\n', line - 1) + 1;
  const end = text.indexOf('\n', Math.max(...last));
  return {
    from: line - paragraph > longestParagraph ? line : paragraph,
    to: Math.min(end === -1 ? text.length : end, Math.max(...last) + longestParagraph),
  };
}

/** The character at a point, if the area is what is seen there. */
export function offsetAt(area: HTMLTextAreaElement, x: number, y: number): number | null {
  const position = document.caretPositionFromPoint(x, y);
  return position?.offsetNode === area ? position.offset : null;
}
