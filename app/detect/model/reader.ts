/** Runs a token classifier over texts that change a little at a time: only windows that it has not read are run. */
import type { ModelFacts, TokenClassifier } from './classifier.ts';
import { noShape, shapeOf } from './shape.ts';
import type { Window } from './windows.ts';
import { windowSizes, windowsOf } from './windows.ts';
import type { Pieces, WordPiece } from './wordpiece.ts';

/** A word of the text, and how likely it is each of the model's tags. */
export interface TaggedWord {
  readonly start: number;
  readonly end: number;
  /** Probabilities, one a tag; their sum is 1. */
  readonly tags: Float32Array;
}

export interface Reader {
  readonly facts: ModelFacts;
  /**
   * @param between is called before each run, and may wait or throw: whoever reads a text that is not the newest any
   *   more gives up here.
   * @throws what the classifier or `between` throws; RangeError when the classifier's answer has another form.
   */
  read(text: string, between?: () => Promise<void> | void): Promise<readonly TaggedWord[]>;
  /** Keeps nothing of what was read until now, nor of what is being read. */
  forget(): void;
}

export interface ReaderParts {
  readonly facts: ModelFacts;
  readonly wordPiece: WordPiece;
  readonly classifier: TokenClassifier;
  /** Windows whose tags are kept; some 60 words each. They hold what was written, in memory alone. */
  readonly kept?: number;
}

export function createReader({ facts, wordPiece, classifier, kept = 512 }: ReaderParts): Reader {
  const { longest, before, after } = windowSizes;
  if (longest + before + after + 2 > facts.length) {
    throw new RangeError(`a window is longer than the ${facts.length} tokens that the model reads`);
  }
  let windows = new Map<string, readonly Float32Array[]>();

  const run = async (pieces: Pieces, shapes: readonly number[], window: Window) => {
    const { start, end } = window;
    const framed = (first: number, values: readonly number[], last: number) =>
      Int32Array.from([first, ...values.slice(start, end), last]);
    const ids = framed(wordPiece.begin, pieces.ids, wordPiece.end);
    const logits = await classifier.run(ids, framed(noShape, shapes, noShape));
    if (logits.length !== ids.length * facts.tags)
      throw new RangeError('the model gave another number of tags');
    return wordTags(logits, facts.tags, pieces, window);
  };

  return {
    facts,
    async read(text, between) {
      const known = windows;
      const pieces = wordPiece.encode(text);
      const shapes = pieces.ids.map((_, at) =>
        shapeOf(text, pieces.starts[at] ?? 0, pieces.ends[at] ?? 0, continues(pieces, at)),
      );
      const words: TaggedWord[] = [];
      for (const window of windowsOf(text, pieces)) {
        const name = nameOf(pieces, shapes, window);
        let tags = known.get(name);
        if (tags === undefined) {
          await between?.();
          tags = await run(pieces, shapes, window);
        }
        known.delete(name);
        known.set(name, tags);
        for (const [index, [from, to]] of [...wordsIn(pieces, window)].entries()) {
          const own = tags[index];
          if (own) words.push({ start: pieces.starts[from] ?? 0, end: pieces.ends[to - 1] ?? 0, tags: own });
        }
        for (const oldest of known.keys()) {
          if (known.size <= kept) break;
          known.delete(oldest);
        }
      }
      return words;
    },
    forget() {
      windows = new Map();
    },
  };
}

function continues(pieces: Pieces, at: number): boolean {
  return at > 0 && pieces.words[at] === pieces.words[at - 1];
}

/** All that decides what the model says about a window's core. */
function nameOf(
  pieces: Pieces,
  shapes: readonly number[],
  { start, coreStart, coreEnd, end }: Window,
): string {
  const codes = [coreStart - start, coreEnd - start];
  for (let at = start; at < end; at += 1) {
    // A word's mean is over its own pieces: where the next begins is in the shapes, but for their pieces' shape 0.
    codes.push(pieces.ids[at] ?? 0, ((shapes[at] ?? 0) << 1) | Number(continues(pieces, at)));
  }
  return String.fromCharCode(...codes);
}

/** Ranges of pieces, one a word of the core. */
function* wordsIn(
  pieces: Pieces,
  { coreStart, coreEnd }: Window,
): Generator<readonly [from: number, to: number]> {
  for (let from = coreStart; from < coreEnd;) {
    let to = from + 1;
    while (to < coreEnd && continues(pieces, to)) to += 1;
    yield [from, to];
    from = to;
  }
}

/** Softmax of each piece, the mean of its pieces for each word. In loops: it is read for every word of every text. */
function wordTags(
  logits: Float32Array,
  tags: number,
  pieces: Pieces,
  window: Window,
): readonly Float32Array[] {
  const powers = new Float64Array(tags);
  return Array.from(wordsIn(pieces, window), ([from, to]) => {
    const mean = new Float32Array(tags);
    for (let piece = from; piece < to; piece += 1) {
      const row = (piece - window.start + 1) * tags;
      let highest = -Infinity;
      for (let tag = 0; tag < tags; tag += 1) highest = Math.max(highest, logits[row + tag] ?? NaN);
      let sum = 0;
      for (let tag = 0; tag < tags; tag += 1) {
        sum += powers[tag] = Math.exp((logits[row + tag] ?? NaN) - highest);
      }
      if (!(sum > 0) || !Number.isFinite(sum)) throw new RangeError('the model gave no number');
      const share = 1 / (sum * (to - from));
      for (let tag = 0; tag < tags; tag += 1) mean[tag] = (mean[tag] ?? 0) + (powers[tag] ?? 0) * share;
    }
    return mean;
  });
}
