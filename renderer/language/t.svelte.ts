/** The words of the interface, in the user's language. */
import { IntlMessageFormat } from 'intl-messageformat';
import { de } from './de/index.ts';
import { en } from './en/index.ts';
import { pseudo } from './pseudo.ts';

/** `en-XA` is English with accents and a third longer: what is not translated, or does not fit, shows. */
export type Language = 'en' | 'de' | 'en-XA';

type Catalogue = typeof en;
/** `area.key`. */
export type Key = { [Area in keyof Catalogue]: `${Area}.${keyof Catalogue[Area] & string}` }[keyof Catalogue];
export type Values = Readonly<Record<string, string | number | boolean | Date>>;

interface Message {
  format(values?: Values): unknown;
}

let current = $state<Language>('en');

/** Messages that were read already, of the current language. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a cache: `current` is what is reacted to
const compiled = new Map<string, Message>();

export const language = {
  get current(): Language {
    return current;
  },
  /** BCP 47, for `Intl`: the machine's own variant of the language, where it has one. */
  get locale(): string {
    return localeOf(current);
  },
  set(next: Language) {
    if (next === current) return;
    compiled.clear();
    current = next;
  },
};

/** What to speak where the user did not choose: the first language of the machine that Sotto speaks. */
export function systemLanguage(preferred: readonly string[] = navigator.languages): Language {
  for (const tag of preferred) {
    if (/^de\b/i.test(tag)) return 'de';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

/** The message of that name with its values, reactive to the language. */
export function t(key: Key, values?: Values): string {
  const spoken = current;
  let message = compiled.get(key);
  if (!message) {
    message = compile(key, spoken);
    compiled.set(key, message);
  }
  return String(message.format(values));
}

/** Whether there is such a message: for keys that are made of a name from the contract. */
export function isKey(key: string): key is Key {
  return textOf(en, key) !== undefined;
}

function compile(key: string, spoken: Language): Message {
  const text = textOf(spoken === 'de' ? de : en, key) ?? key;
  // With nothing to fill in, a message is its text. Most are, and the first formatters of a page are slow to make.
  if (spoken !== 'en-XA' && !/[{}']/.test(text)) return { format: () => text };
  const locale = localeOf(spoken);
  const message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
  return spoken === 'en-XA' ? new IntlMessageFormat(pseudo(message.getAst()), locale) : message;
}

function textOf(catalogue: Readonly<Record<string, Readonly<Record<string, string>>>>, key: string) {
  const dot = key.indexOf('.');
  const area = key.slice(0, dot);
  if (!Object.hasOwn(catalogue, area)) return undefined;
  const messages = catalogue[area];
  const name = key.slice(dot + 1);
  return messages && Object.hasOwn(messages, name) ? messages[name] : undefined;
}

function localeOf(spoken: Language): string {
  const wanted = spoken === 'de' ? /^de\b/i : /^en\b/i;
  return navigator.languages.find((tag) => wanted.test(tag)) ?? (spoken === 'de' ? 'de' : 'en');
}
