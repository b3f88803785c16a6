/** The token classifier as Sotto reads it: what it says, and what runs it. */
import * as v from 'valibot';
import type { Kind } from '../kinds.ts';
import { kinds } from '../kinds.ts';

/** Runs the model over one window: `[CLS]` first, `[SEP]` last, no padding. One run at a time. */
export interface TokenClassifier {
  /** @returns logits, `tags` numbers for each token. */
  run(ids: Int32Array, shapes: Int32Array): Promise<Float32Array>;
}

const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const facts = v.object({
  /** `O`, then `B-kind` and `I-kind` for each of the model's kinds. */
  tags: v.pipe(v.array(v.string()), v.minLength(3)),
  /** The most tokens of a window, first and last included. */
  length: v.pipe(v.number(), v.integer(), v.minValue(32), v.maxValue(4096)),
  /** From which probability on a word is marked, for each of the model's kinds. */
  thresholds: v.record(v.string(), probability),
  /** What a kind of the model is here; `null` where the text of the span decides. */
  kinds: v.record(v.string(), v.nullable(v.picklist(kinds))),
});

/** One of the kinds that the model tells apart. */
export interface ModelKind {
  readonly name: string;
  readonly kind: Kind | null;
  readonly threshold: number;
  /** Positions of its two tags in the model's output. */
  readonly begin: number;
  readonly inside: number;
}

export interface ModelFacts {
  readonly tags: number;
  readonly length: number;
  readonly kinds: readonly ModelKind[];
}

/** Reads `detector.json`. @throws Error when it is not as `facts` above says. */
export function parseModelFacts(json: string): ModelFacts {
  const { tags, length, thresholds, kinds: names } = v.parse(facts, JSON.parse(json));
  if (tags[0] !== 'O') throw new RangeError('the first tag of the model is not O');
  const found = new Set(tags.slice(1).map((tag) => tag.slice(2)));
  return {
    tags: tags.length,
    length,
    kinds: Array.from(found, (name) => {
      const [begin, inside] = [tags.indexOf(`B-${name}`), tags.indexOf(`I-${name}`)];
      const [threshold, kind] = [thresholds[name], names[name]];
      if (begin < 0 || inside < 0 || threshold === undefined || kind === undefined) {
        throw new RangeError(`the model's kind ${name} is not complete`);
      }
      return { name, kind, threshold, begin, inside };
    }),
  };
}
