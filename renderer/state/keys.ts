/** What of a key press tells a shortcut. */
export interface KeyPress {
  readonly key: string;
  /** The key's place on the keyboard: `KeyM`. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * Whether a key press is that shortcut. One without `Mod`, `Ctrl` or `Alt` is an ordinary letter in a text.
 * @param keys `Mod+Shift+K`, `?`, `Escape`.
 * @param typing the press goes into a text.
 */
export function matches(keys: string, press: KeyPress, mac: boolean, typing: boolean): boolean {
  const parts = keys.split('+');
  const key = parts.pop() ?? '';
  const held = new Set(parts);
  const control = held.has('Ctrl') || (held.has('Mod') && !mac);
  const meta = held.has('Mod') && mac;
  const alt = held.has('Alt');
  if (typing && !control && !meta && !alt && key.length === 1) return false;
  if (press.ctrlKey !== control || press.metaKey !== meta || press.altKey !== alt) return false;
  // A sign such as `?` needs Shift on some keyboards and not on others.
  const letter = key.length > 1 || /\p{L}/u.test(key);
  if (letter && press.shiftKey !== held.has('Shift')) return false;
  return isKey(key, press);
}

/**
 * Whether a key press is that of a key, with or without Shift. On a layout without Latin letters a letter is the key where
 * it is printed beside the layout's own.
 */
export function isKey(key: string, press: Pick<KeyPress, 'key' | 'code'>): boolean {
  if (press.key.toLowerCase() === key.toLowerCase()) return true;
  return /^[a-z]$/i.test(key) && /^[^\0-\x7f]+$/.test(press.key) && press.code === `Key${key.toUpperCase()}`;
}
