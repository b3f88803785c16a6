/** How the keyboard moves in a list: arrows, Home and End, pages, and typing the beginning of an entry. */

/** Entries that Page Up and Page Down pass. */
const page = 10;

/**
 * Where a key leads.
 * @param at the entry with the focus, or -1.
 * @returns its index, or null for a key that does not move.
 */
export function nextIndex(
  key: string,
  at: number,
  length: number,
  { wrap = false }: { readonly wrap?: boolean } = {},
): number | null {
  if (length === 0) return null;
  const last = length - 1;
  const within = (index: number) => Math.min(last, Math.max(0, index));
  switch (key) {
    case 'ArrowDown':
      return wrap && at >= last ? 0 : within(at + 1);
    case 'ArrowUp':
      return at < 0 || (wrap && at === 0) ? last : within(at - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return within(at + page);
    case 'PageUp':
      return within(at - page);
    default:
      return null;
  }
}

/**
 * The next entry that begins with what was typed; one letter again and again goes from one to the next.
 * @returns its index, or null.
 */
export function typedIndex(typed: string, at: number, labels: readonly string[]): number | null {
  const letters = [...typed.toLocaleLowerCase()];
  const [first] = letters;
  if (first === undefined) return null;
  const repeated = letters.every((letter) => letter === first);
  const wanted = repeated ? first : letters.join('');
  // A word that goes on may still be the one it is on; a new letter looks further.
  const from = repeated ? at + 1 : Math.max(at, 0);
  for (let step = 0; step < labels.length; step += 1) {
    const index = (from + step) % labels.length;
    if (labels[index]?.trim().toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return null;
}
