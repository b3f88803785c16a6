import { normalise } from './normalise.ts';
import type { Kind } from './kinds.ts';
import type { Span } from './span.ts';

/**
 * Something that the user wants marked wherever it stands as a whole word, whatever its case.
 *
 * With `pattern`, `#` is a digit, `?` a letter or digit, and `*` any run of letters and digits: `PRJ-####`,
 * `ACME-*`. A small language on purpose: a regular expression from a settings field could stall the page.
 */
export interface OwnWord {
  readonly text: string;
  /** The kind to mark it as; `custom` if not given. */
  readonly kind?: Kind;
  readonly pattern?: boolean;
}

const wordCharacter = '[\\p{L}\\p{M}\\p{N}_]';
/** Scripts written without spaces between words: a word of theirs ends wherever it ends. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;
const longestRun = 64;

/** Prepares the user's words; the result finds them in a normalised text. */
export function compileOwnWords(words: readonly OwnWord[]): (text: string) => Span[] {
  const byKind = new Map<Kind, string[]>();
  for (const word of words) {
    const source = sourceOf(word);
    if (source === undefined) continue;
    const kind = word.kind ?? 'custom';
    const sources = byKind.get(kind);
    if (sources) sources.push(source);
    else byKind.set(kind, [source]);
  }
  const finders = Array.from(byKind, ([kind, sources]) => ({
    kind,
    // The longest first, so that of two words with one beginning the longer is taken.
    regex: new RegExp(sources.sort((a, b) => b.length - a.length).join('|'), 'giu'),
  }));
  return (text) => finders.flatMap(({ kind, regex }) => Array.from(findAll(text, regex, kind)));
}

function sourceOf(word: OwnWord): string | undefined {
  const text = normalise(word.text).text.replace(/\s+/gu, ' ').trim();
  const first = [...text][0];
  const last = [...text].at(-1);
  if (first === undefined || last === undefined) return undefined;
  const body = Array.from(text, (character) => piece(character, word.pattern ?? false)).join('');
  return edge(first, word, '(?<!') + body + edge(last, word, '(?!');
}

function piece(character: string, pattern: boolean): string {
  if (character === ' ') return '\\s{1,8}';
  if (pattern && character === '#') return '\\d';
  if (pattern && character === '?') return '[\\p{L}\\p{N}]';
  if (pattern && character === '*') return `[\\p{L}\\p{M}\\p{N}]{0,${longestRun}}`;
  return character.replace(/[$^\\.*+?()[\]{}|/]/, '\\$&');
}

/** The border of a whole word, where the word's own edge is a character of a word. */
function edge(character: string, word: OwnWord, open: string): string {
  const wild = (word.pattern ?? false) && '#?*'.includes(character);
  const bordered = wild || (new RegExp(wordCharacter, 'u').test(character) && !unspaced.test(character));
  return bordered ? `${open}${wordCharacter})` : '';
}

/** Every start is tried, so that of `Maria Lopez` and `Lopez Garcia` both are found in `Maria Lopez Garcia`. */
function* findAll(text: string, regex: RegExp, kind: Kind): Generator<Span> {
  regex.lastIndex = 0;
  for (let match = regex.exec(text); match; match = regex.exec(text)) {
    const end = match.index + match[0].length;
    if (end > match.index) yield { start: match.index, end, kind, score: 1, source: 'user' };
    regex.lastIndex = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
  }
}
