/** A list with one item moved by so many places; the list itself where there is no room. */
export function moveInList<T>(list: readonly T[], from: number, by: number): readonly T[] {
  const to = from + by;
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length) return list;
  const without = list.filter((_, i) => i !== from);
  return [...without.slice(0, to), item, ...without.slice(to)];
}
