/** Words before a match among which a context word counts. */
const reach = 5;
/** Characters before a match that are searched for those words. */
const lookBack = 160;

/**
 * The words before a position, lower case, single spaces around each, so that whole words and phrases are
 * found by `includes`: as they stand, then with digits read as the letters they imitate (`ph0ne`).
 * `cardNumber` and `card_number` are two words.
 */
export function wordsBefore(text: string, position: number): string {
  const from = Math.max(0, position - lookBack);
  const words =
    text
      .slice(from, position)
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const cut = from > 0 && /[\p{L}\p{M}\p{N}]/u.test(text.charAt(from - 1));
  const near = (cut ? words.slice(1) : words).slice(-reach);
  return ` ${near.join(' ')}  ${near.map(withoutLeet).join(' ')} `;
}

const imitated = new Map(Object.entries({ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't' }));

function withoutLeet(word: string): string {
  return /\p{L}/u.test(word) ? word.replace(/\d/g, (digit) => imitated.get(digit) ?? digit) : word;
}

/** A context word may be a phrase of this many words. */
const longestPhrase = 4;
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** What was asked for last: many recognizers ask about one number. */
let lastText = '';
const lastPhrases = new Map<number, ReadonlySet<string>>();

/** Whether one of the context words, lower case, or phrases stands among the words before a position. */
export function hasContext(text: string, position: number, context: readonly string[]): boolean {
  if (context.length === 0) return false;
  if (text !== lastText) {
    lastText = text;
    lastPhrases.clear();
  }
  let phrases = lastPhrases.get(position);
  if (!phrases) lastPhrases.set(position, (phrases = phrasesBefore(text, position)));
  let wanted = sets.get(context);
  if (!wanted) sets.set(context, (wanted = new Set(context)));
  for (const phrase of phrases) if (wanted.has(phrase)) return true;
  return false;
}

function phrasesBefore(text: string, position: number): Set<string> {
  const phrases = new Set<string>();
  for (const reading of wordsBefore(text, position).split('  ')) {
    const words = reading.trim().split(' ');
    for (let first = 0; first < words.length; first += 1) {
      for (let count = 1; count <= longestPhrase && first + count <= words.length; count += 1) {
        phrases.add(words.slice(first, first + count).join(' '));
      }
    }
  }
  return phrases;
}
