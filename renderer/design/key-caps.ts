import { t } from '../language/t.svelte.ts';

const macCaps: Readonly<Record<string, string>> = {
  Mod: '⌘',
  Shift: '⇧',
  Alt: '⌥',
  Ctrl: '⌃',
  Delete: '⌦',
  Home: '↖',
  End: '↘',
};
const signs: Readonly<Record<string, string>> = {
  Backspace: '⌫',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Enter: '↵',
};
/** Those that keyboards name in their own language. */
const named = ['Ctrl', 'Shift', 'Delete', 'Home', 'End', 'Insert', 'PageUp', 'PageDown', 'Space'] as const;

/** `Mod+Shift+K` as it stands on the keys of this machine, in the user's language. */
export function keyCaps(keys: string, mac: boolean): string[] {
  return keys.split('+').map((part) => keyCap(part, mac));
}

/** One key of a shortcut. */
export function keyCap(part: string, mac: boolean): string {
  const sign = (mac ? macCaps[part] : undefined) ?? signs[part];
  if (sign !== undefined) return sign;
  const key = named.find((name) => name === (part === 'Mod' ? 'Ctrl' : part));
  return key ? t(`frame.key_${key}`) : part;
}
