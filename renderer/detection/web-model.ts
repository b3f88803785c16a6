/** The token classifier of detection in the page's worker: ONNX Runtime as WebAssembly, on the worker's one thread. */
import * as ort from 'onnxruntime-web/wasm';
import programAddress from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { parseModelFacts } from '../../app/detect/model/classifier.ts';
import type { TokenClassifier } from '../../app/detect/model/classifier.ts';
import { createReader } from '../../app/detect/model/reader.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import { createWordPiece } from '../../app/detect/model/wordpiece.ts';

/**
 * @param folder address that `detector.onnx`, `detector.json` and `vocabulary.txt` are below; of the page's own origin.
 * @throws Error when a file is missing or is not what it should be, or WebAssembly is not to be had.
 */
export async function openWebModel(folder: URL): Promise<Reader> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.logLevel = 'error';
  const [program, facts, vocabulary, weights] = await Promise.all([
    // Fetched here: what goes wrong with it is told as everything else, and not on the console.
    fetched(new URL(programAddress, self.location.href)).then((answer) => answer.arrayBuffer()),
    fetched(new URL('detector.json', folder)).then((answer) => answer.text()),
    fetched(new URL('vocabulary.txt', folder)).then((answer) => answer.text()),
    fetched(new URL('detector.onnx', folder)).then((answer) => answer.arrayBuffer()),
  ]);
  ort.env.wasm.wasmBinary = program;
  const session = await ort.InferenceSession.create(new Uint8Array(weights), {
    executionProviders: ['wasm'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const reader = createReader({
    facts: parseModelFacts(facts),
    wordPiece: createWordPiece(vocabulary),
    classifier: classifierOf(session),
  });
  // The first run sets up what the others use; no key waits for it.
  await reader.read('ready');
  return reader;
}

async function fetched(address: URL): Promise<Response> {
  // From the page's own origin: its policy lets no other answer.
  // eslint-disable-next-line no-restricted-globals
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address.pathname} is not there (${answer.status})`);
  return answer;
}

/** Runs of several texts come one after the other: a session is not made for two at a time. */
function classifierOf(session: ort.InferenceSession): TokenClassifier {
  let last: Promise<unknown> = Promise.resolve();
  const run = async (ids: Int32Array, shapes: Int32Array) => {
    const form = [1, ids.length];
    const { logits } = await session.run({
      ids: new ort.Tensor('int32', ids, form),
      shapes: new ort.Tensor('int32', shapes, form),
    });
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
