/** What lies over the page at the moment, as how each is closed. */
const above = new Set<() => void>();

/** @param close called when something beneath is wanted. @returns what to call once it lies there no more */
export function lieAbove(close: () => void): () => void {
  above.add(close);
  return () => above.delete(close);
}

/** For a shortcut that leads to what may lie beneath. */
export function closeAllAbove(): void {
  for (const close of above) close();
}
