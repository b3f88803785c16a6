/** Reads a number that somebody typed; `null` for anything else, and for one out of bounds. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  const trimmed = text.trim();
  if (!/^\d{1,16}$/.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) && value >= least && value <= most ? value : null;
}

/** The same with a fraction, after a point or a comma. */
export function decimalNumber(text: string, least: number, most: number): number | null {
  const trimmed = text.trim().replace(',', '.');
  if (!/^\d{0,9}(\.\d{0,9})?$/.test(trimmed) || !/\d/.test(trimmed)) return null;
  const value = Number(trimmed);
  return value >= least && value <= most ? value : null;
}
