/** A part of a long text that is drawn: what a text area shows, and some of what is above and below. */
export interface VisibleRange {
  readonly from: number;
  readonly to: number;
  /** A character of the first visible line, and that line's number in the area. */
  readonly anchor: number;
  readonly line: number;
}

/** Up to this length the whole text is drawn. */
export const drawWholeUpTo = 8000;
/** How much is drawn before and after the first visible character: some screens, so that scrolling seldom draws anew. */
const above = 2000;
const below = 6000;
/** A paragraph that begins further back is drawn from the visible line on, which begins a line in any case. */
const longestParagraph = 6000;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * Asks the browser which character stands at the top of the area. `null` where it cannot say: something lies over the
 * area, or it is off screen. The question costs time in proportion to the text before that character, so it is asked
 * once, and seldom.
 */
export function visibleRange(area: HTMLTextAreaElement, text: string): VisibleRange | null {
  if (!area.isConnected) return null;
  const box = area.getBoundingClientRect();
  const style = getComputedStyle(area);
  // In its padding the area has no characters.
  const padding = { x: Number.parseFloat(style.paddingLeft), y: Number.parseFloat(style.paddingTop) };
  // A text from right to left has its scrollbar at the left.
  const start = box.left + area.clientLeft;
  const y = Math.max(box.top, 0) + padding.y + 2;
  const left = offsetAt(area, start + padding.x + 1, y);
  if (left === null) return null;
  const around = text.slice(Math.max(0, left - 200), left + 200);
  // Where a line begins depends on the direction of its script.
  const end = start + area.clientWidth - padding.x - 1;
  const right = rightToLeft.test(around) ? offsetAt(area, end, y) : left;
  const anchor = Math.min(left, right ?? left);
  const paragraph = text.lastIndexOf('\n', Math.max(0, anchor - above)) + 1;
  const paragraphEnd = text.indexOf('\n', anchor + below);
  const top = area.scrollTop + y - box.top - padding.y;
  return {
    from: anchor - paragraph > longestParagraph ? anchor : paragraph,
    to: Math.min(paragraphEnd === -1 ? text.length : paragraphEnd, anchor + 2 * below),
    anchor,
    line: Math.max(0, Math.floor(top / Number.parseFloat(style.lineHeight))),
  };
}

/** The character at a point, if the area is what is seen there. */
export function offsetAt(area: HTMLTextAreaElement, x: number, y: number): number | null {
  const position = document.caretPositionFromPoint(x, y);
  return position?.offsetNode === area ? position.offset : null;
}
