/** What a user typed, as an FTS5 query: every word must occur, and the last may be unfinished. */

/** `undefined` when there is no word in it. */
export function ftsQuery(typed: string): string | undefined {
  const words = typed
    .replaceAll('\0', ' ')
    .split(/\s+/u)
    // What the tokenizer would see nothing in: it would match nothing, and the whole query with it.
    .filter((word) => /[\p{L}\p{N}\p{Co}]/u.test(word));
  if (words.length === 0) return undefined;
  // A quoted string is words next to each other ("e-mail"); nothing inside it is syntax but the quote.
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ')} *`;
}
