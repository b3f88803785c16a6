/** The rail's order: pinned ones first, then the latest changed. */
import type { Summary } from '../../app/contract/conversations.ts';

/** Adds a page to what is there; the page is the newer knowledge of each. */
export function merged(items: readonly Summary[], page: readonly Summary[]): Summary[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const item of page) byId.set(item.id, item);
  return [...byId.values()].sort(inOrder);
}

/**
 * One that changed, at its new place.
 * @param more whether the list goes on: then one that belongs after its end is left to the page that has it.
 */
export function placed(items: readonly Summary[], changed: Summary, more: boolean): Summary[] {
  const others = items.filter(({ id }) => id !== changed.id);
  const at = others.findIndex((item) => inOrder(changed, item) < 0);
  if (at >= 0) return [...others.slice(0, at), changed, ...others.slice(at)];
  return more ? others : [...others, changed];
}

export function without(items: readonly Summary[], id: string): Summary[] {
  return items.filter((item) => item.id !== id);
}

function inOrder(a: Summary, b: Summary): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
  return b.changed - a.changed;
}
