/**
 * WordPiece (Wu et al. 2016) with the offsets of each piece, equal to Hugging Face's `BertNormalizer` (clean text,
 * Chinese characters apart, no accents, lower case), `BertPreTokenizer` and `WordPiece`.
 */
import { formOfCode, isPunctuation, isWhite } from './characters.ts';

/** Pieces of a text, in its order. Offsets are UTF-16 units; a piece of one character covers all of that character. */
export interface Pieces {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The number of the word that each belongs to; words are what white space and punctuation bound. */
  readonly words: readonly number[];
}

export interface WordPiece {
  readonly begin: number;
  readonly end: number;
  encode(text: string): Pieces;
}

/** Words longer than this are one unknown piece. */
const longestWord = 100;

/**
 * @param vocabulary one piece a line; the order is the ids'.
 * @throws RangeError when it lacks one of `[UNK]`, `[CLS]`, `[SEP]`.
 */
export function createWordPiece(vocabulary: string): WordPiece {
  const ids = new Map<string, number>();
  for (const piece of vocabulary.replace(/\n$/, '').split('\n')) ids.set(piece, ids.size);
  const idOf = (piece: string) => {
    const id = ids.get(piece);
    if (id === undefined) throw new RangeError(`the vocabulary has no ${piece}`);
    return id;
  };
  const unknown = idOf('[UNK]');
  const split = createSplit(ids);

  return {
    begin: idOf('[CLS]'),
    end: idOf('[SEP]'),
    encode(text) {
      const made = {
        ids: [] as number[],
        starts: [] as number[],
        ends: [] as number[],
        words: [] as number[],
      };
      let number = 0;
      for (const word of wordsOf(text)) {
        const { units, starts, ends } = word;
        const whole = units.length > longestWord ? undefined : split(units);
        for (const [from, to, id] of whole ?? [[0, units.length, unknown] as const]) {
          made.ids.push(id);
          made.starts.push(starts[from] ?? 0);
          made.ends.push(ends[to - 1] ?? 0);
          made.words.push(number);
        }
        number += 1;
      }
      return made;
    },
  };
}

/** A stretch of a word's units, `to` exclusive, and the id of its piece. */
type Part = readonly [from: number, to: number, id: number];

/** The longest pieces from the left; nothing when a rest is in no piece. Words repeat: the latest are kept. */
function createSplit(
  ids: ReadonlyMap<string, number>,
): (units: readonly string[]) => readonly Part[] | undefined {
  const known = new Map<string, readonly Part[] | undefined>();
  const mostKnown = 4096;
  return (units) => {
    const word = units.join('');
    if (known.has(word)) return known.get(word);
    const parts = partsOf(units, ids);
    if (known.size >= mostKnown) known.clear();
    known.set(word, parts);
    return parts;
  };
}

function partsOf(units: readonly string[], ids: ReadonlyMap<string, number>): readonly Part[] | undefined {
  const parts: Part[] = [];
  for (let from = 0; from < units.length;) {
    let to = units.length;
    let id: number | undefined;
    for (; to > from; to -= 1) {
      id = ids.get((from > 0 ? '##' : '') + units.slice(from, to).join(''));
      if (id !== undefined) break;
    }
    if (id === undefined) return undefined;
    parts.push([from, to, id]);
    from = to;
  }
  return parts;
}

interface Word {
  /** Code points in the vocabulary's form, each with the offsets of the character that it comes from. */
  readonly units: string[];
  readonly starts: number[];
  readonly ends: number[];
}

function* wordsOf(text: string): Generator<Word> {
  let word: Word = { units: [], starts: [], ends: [] };
  const add = (unit: string, start: number, end: number) => {
    word.units.push(unit);
    word.starts.push(start);
    word.ends.push(end);
  };
  const taken = () => {
    const done = word;
    word = { units: [], starts: [], ends: [] };
    return done;
  };
  for (let start = 0; start < text.length;) {
    const code = text.codePointAt(start) ?? 0;
    const end = start + (code > 0xffff ? 2 : 1);
    const { units, separates } = formOfCode(code);
    if (separates !== 'no' && word.units.length > 0) yield taken();
    for (const unit of units) {
      const white = isWhite(unit);
      const alone = white || isPunctuation(unit);
      if (alone && word.units.length > 0) yield taken();
      if (white) continue;
      add(unit, start, end);
      if (alone) yield taken();
    }
    if (separates === 'alone' && word.units.length > 0) yield taken();
    start = end;
  }
  if (word.units.length > 0) yield word;
}
