/** A stretch of a text; `value` is true for one that is to be marked. */
export interface Part {
  readonly text: string;
  readonly value: boolean;
}

/** Finds values in texts. */
export type Highlighter = (text: string) => readonly Part[];

/** Shorter values would be found inside other words everywhere. */
const shortest = 3;
const mostValues = 500;
const letter = '[\\p{L}\\p{M}\\p{N}_]';

/** Finds each value wherever it stands as a whole word, whatever its case and spacing. */
export function createHighlighter(values: Iterable<string>): Highlighter {
  const distinct = [...new Set(Array.from(values, (value) => value.trim()))]
    .filter((value) => value.length >= shortest)
    .sort((a, b) => b.length - a.length)
    .slice(0, mostValues);
  if (distinct.length === 0) return (text) => [{ text, value: false }];
  const pattern = new RegExp(`(?<!${letter})(?:${distinct.map(sourceOf).join('|')})(?!${letter})`, 'giu');
  return (text) => {
    const parts: Part[] = [];
    let at = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > at) parts.push({ text: text.slice(at, match.index), value: false });
      parts.push({ text: match[0], value: true });
      at = match.index + match[0].length;
    }
    if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), value: false });
    return parts;
  };
}

function sourceOf(value: string): string {
  return value
    .split(/\s+/)
    .map((word) => word.replace(/[$^\\.*+?()[\]{}|/]/g, '\\$&'))
    .join('\\s+');
}
