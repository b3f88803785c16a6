/** A reader over a session of ONNX Runtime, whose builds for Node and for pages have types of their own. */
import { parseModelFacts } from './classifier.ts';
import type { TokenClassifier } from './classifier.ts';
import { createReader } from './reader.ts';
import type { Reader } from './reader.ts';
import { createWordPiece } from './wordpiece.ts';

/** What the two builds have in common. */
export interface OnnxSession<Tensor> {
  tensor(values: Int32Array, form: readonly number[]): Tensor;
  run(inputs: { readonly ids: Tensor; readonly shapes: Tensor }): Promise<OnnxOutputs>;
}

type OnnxOutputs = Readonly<Record<string, { readonly data: unknown } | undefined>>;

/**
 * @param facts text of `detector.json`. @param vocabulary text of `vocabulary.txt`.
 * @throws Error when one of the two is not what it should be.
 */
export function createOnnxReader<Tensor>(
  facts: string,
  vocabulary: string,
  session: OnnxSession<Tensor>,
): Reader {
  return createReader({
    facts: parseModelFacts(facts),
    wordPiece: createWordPiece(vocabulary),
    classifier: classifierOf(session),
  });
}

/** Runs of several texts come one after the other: a session is not made for two at a time. */
function classifierOf<Tensor>(session: OnnxSession<Tensor>): TokenClassifier {
  let last: Promise<unknown> = Promise.resolve();
  const run = async (ids: Int32Array, shapes: Int32Array) => {
    const form = [1, ids.length];
    const inputs = { ids: session.tensor(ids, form), shapes: session.tensor(shapes, form) };
    const { logits } = await session.run(inputs);
    if (!(logits?.data instanceof Float32Array)) throw new TypeError('the model gives no logits');
    return logits.data;
  };
  return {
    run(ids, shapes) {
      const next = last.then(() => run(ids, shapes));
      last = next.catch(() => undefined);
      return next;
    },
  };
}
