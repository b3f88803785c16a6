/** Rows drawn beyond the edge, so that a quick scroll does not show paper. */
const beyond = 12;

/** Which rows of one height are to be drawn; `end` exclusive. */
export function visibleRows(
  scrolled: number,
  height: number,
  rowHeight: number,
  count: number,
): { readonly start: number; readonly end: number } {
  if (rowHeight <= 0) return { start: 0, end: 0 };
  const start = Math.max(0, Math.min(count, Math.floor(scrolled / rowHeight) - beyond));
  return { start, end: Math.min(count, Math.ceil((scrolled + height) / rowHeight) + beyond) };
}
