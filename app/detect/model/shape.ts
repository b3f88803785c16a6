/**
 * What an uncased encoder does not see of a piece: its case, and what stands before it. The numbers are those that the
 * model was trained with (`shape_of` of its training), which follow Python's `str` methods.
 */

/** Numbers that Python calls digits beside the decimal ones: superscripts, circled digits and the like. */
const digit =
  /[\p{Nd}\xb2\xb3\xb9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]/u;
const letter = /\p{L}/u;
const upper = /\p{Uppercase}/u;
const lower = /\p{Lowercase}/u;
const space = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Of [CLS] and [SEP]. */
export const noShape = 0;

/** @param continues whether the piece before it belongs to the same word. */
export function shapeOf(text: string, start: number, end: number, continues: boolean): number {
  return caseOf(text.slice(start, end)) * 4 + (continues ? 0 : before(text, start));
}

function caseOf(part: string): number {
  if (/^[a-z]+$/.test(part)) return 1;
  if (digit.test(part)) return 5;
  const letters = Array.from(part).filter((character) => letter.test(character));
  const [first, ...rest] = letters;
  if (first === undefined) return 6;
  if (letters.every((character) => lower.test(character))) return 1;
  if (rest.length > 0 && letters.every((character) => upper.test(character))) return 3;
  if (upper.test(first) && rest.every((character) => !upper.test(character))) return 2;
  return letters.some((character) => upper.test(character)) ? 4 : 7;
}

function before(text: string, start: number): number {
  if (start === 0) return 2;
  const character = text.charAt(start - 1);
  if (character === '\n') return 2;
  const code = character.charCodeAt(0);
  // Python has the four separators of files, groups, records and units among white space.
  return space.test(character) || (code >= 0x1c && code <= 0x1f) ? 1 : 3;
}
