const macCaps: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Ctrl: '⌃' };
const caps: Readonly<Record<string, string>> = { Mod: 'Ctrl' };
const names: Readonly<Record<string, string>> = {
  Backspace: '⌫',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Enter: '↵',
};

/** `Mod+Shift+K` as it stands on the keys of this machine. */
export function keyCaps(keys: string, mac: boolean): string[] {
  return keys.split('+').map((part) => (mac ? macCaps[part] : caps[part]) ?? names[part] ?? part);
}
