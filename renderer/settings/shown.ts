/** Which settings the search field lets through, for the settings themselves. */
import { getContext, setContext } from 'svelte';
import type { SettingId } from './sections.ts';

const key = Symbol('shown settings');

export function provideShown(shown: () => ReadonlySet<SettingId>): void {
  setContext(key, shown);
}

export function shownSettings(): () => ReadonlySet<SettingId> {
  return getContext<() => ReadonlySet<SettingId>>(key);
}
