/** A global shortcut in Electron's spelling: read from a key press, judged, and written for people. */

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

/** `incomplete`: only modifiers so far. `bare`: would take a key that is needed for typing. `reserved`: the system's. */
export type Recorded =
  | { readonly state: 'complete'; readonly accelerator: string }
  | { readonly state: 'incomplete' | 'bare' | 'reserved' };

const namedKeys: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Tab: 'Tab',
  Enter: 'Enter',
  Backspace: 'Backspace',
  Delete: 'Delete',
  Insert: 'Insert',
  Home: 'Home',
  End: 'End',
  PageUp: 'PageUp',
  PageDown: 'PageDown',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  '+': 'Plus',
};

const namedCodes: Readonly<Record<string, string>> = {
  Space: 'Space',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Semicolon: ';',
  Quote: "'",
  Comma: ',',
  Period: '.',
  Slash: '/',
  Backslash: '\\',
  Backquote: '`',
};

const modifierKeys = new Set(['Control', 'Alt', 'AltGraph', 'Shift', 'Meta', 'OS', 'Fn', 'CapsLock', 'Dead']);

/** What every program or the system itself answers to; taking these away everywhere would be felt. */
const reserved = new Set([
  'Alt+F4',
  'Alt+Tab',
  'Alt+Shift+Tab',
  'Ctrl+Alt+Delete',
  ...['A', 'C', 'F', 'N', 'O', 'P', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z'].flatMap((key) => [
    `Ctrl+${key}`,
    `Command+${key}`,
  ]),
  'Command+Q',
  'Command+H',
  'Command+M',
  'Command+Tab',
  'Command+Space',
  'Super+L',
]);

/** @param mac whether the Meta key is called Command */
export function recordAccelerator(press: KeyPress, mac: boolean): Recorded {
  const key = keyOf(press);
  if (key === undefined) return { state: 'incomplete' };
  const functionKey = /^F\d{1,2}$/.test(key);
  if (!functionKey && !press.ctrlKey && !press.altKey && !press.metaKey) return { state: 'bare' };
  const accelerator = [
    ...(press.ctrlKey ? ['Ctrl'] : []),
    ...(press.altKey ? ['Alt'] : []),
    ...(press.shiftKey ? ['Shift'] : []),
    ...(press.metaKey ? [mac ? 'Command' : 'Super'] : []),
    key,
  ].join('+');
  return reserved.has(accelerator) ? { state: 'reserved' } : { state: 'complete', accelerator };
}

function keyOf({ key, code }: KeyPress): string | undefined {
  if (modifierKeys.has(key)) return undefined;
  // The letter on the key as this layout has it; Alt and Shift turn it into something else, then the place counts.
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  if (/^\d$/.test(key)) return key;
  if (/^F([1-9]|1\d|2[0-4])$/.test(key)) return key;
  const place = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  return place?.[1] ?? place?.[2] ?? namedKeys[key] ?? namedCodes[code];
}

const macSigns: Readonly<Record<string, string>> = {
  Ctrl: '⌃',
  Control: '⌃',
  Alt: '⌥',
  Option: '⌥',
  Shift: '⇧',
  Command: '⌘',
  Cmd: '⌘',
  CommandOrControl: '⌘',
  CmdOrCtrl: '⌘',
  Super: '⌘',
  Meta: '⌘',
};

const otherNames: Readonly<Record<string, string>> = {
  Control: 'Ctrl',
  CommandOrControl: 'Ctrl',
  CmdOrCtrl: 'Ctrl',
  Option: 'Alt',
  Meta: 'Super',
};

/** The keys of an accelerator one by one, as they are printed on keyboards; none for an empty one. */
export function acceleratorKeys(accelerator: string, mac: boolean): readonly string[] {
  if (accelerator === '') return [];
  return accelerator.split('+').map((part) => (mac ? (macSigns[part] ?? part) : (otherNames[part] ?? part)));
}
