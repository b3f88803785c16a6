/** A stretch of an excerpt: a word that was searched for, or what stands between. */
export interface Stretch {
  readonly text: string;
  readonly found: boolean;
}

/** Cuts an excerpt at the words found in it; stretches that overlap are one. */
export function stretches(text: string, found: readonly { start: number; end: number }[]): Stretch[] {
  const cut: Stretch[] = [];
  let at = 0;
  for (const { start, end } of [...found].sort((a, b) => a.start - b.start)) {
    const from = Math.max(at, start);
    const to = Math.min(end, text.length);
    if (to <= from) continue;
    if (from > at) cut.push({ text: text.slice(at, from), found: false });
    cut.push({ text: text.slice(from, to), found: true });
    at = to;
  }
  if (at < text.length) cut.push({ text: text.slice(at), found: false });
  return cut;
}
