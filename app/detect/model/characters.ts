/**
 * What the model's vocabulary was made with sees of a character: BERT's normalisation (uncased) and pre-tokenisation,
 * as Hugging Face's `tokenizers` does them. Characters younger than that library's tables may fall otherwise; none of
 * them is in the vocabulary.
 */

/** One character of a word in the form that the vocabulary has, `separate` when it stands for itself. */
export interface Form {
  /** Code points after decomposition, without accents, in lower case; empty for what is dropped. */
  readonly units: readonly string[];
  readonly separates: 'no' | 'space' | 'alone';
}

/** Control characters that are white space elsewhere (U+000B, U+0085) are dropped too. */
const dropped = /^(?![\t\n\r])[\ufffd\p{Cc}\p{Cf}\p{Co}]$/u;
const white = /^[\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u;
const accent = /\p{Mn}/gu;
const punctuation = /^[!-/:-@[-`{-~\p{P}]$/u;

const nothing: Form = { units: [], separates: 'no' };
const space: Form = { units: [], separates: 'space' };

/** The blocks of `BertNormalizer`: Chinese characters, each a word of its own. */
function isIdeograph(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

export function isWhite(character: string): boolean {
  return white.test(character);
}

export function isPunctuation(character: string): boolean {
  return punctuation.test(character);
}

function formOf(character: string): Form {
  if (white.test(character)) return space;
  if (dropped.test(character)) return nothing;
  const plain = character.normalize('NFD').replace(accent, '');
  const units = Array.from(plain, (unit) => unit.toLowerCase());
  const alone = isIdeograph(character.codePointAt(0) ?? 0);
  return { units, separates: alone ? 'alone' : 'no' };
}

const known = new Map<number, Form>();
/** A text has few different characters; all of Unicode has many. */
const mostKnown = 8192;

/** The form of a code point; lone halves of pairs are kept as they are. */
export function formOfCode(code: number): Form {
  let form = known.get(code);
  if (form === undefined) {
    form = formOf(String.fromCodePoint(code));
    if (known.size >= mostKnown) known.clear();
    known.set(code, form);
  }
  return form;
}
