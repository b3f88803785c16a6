/** The token classifier of detection in the page's worker: ONNX Runtime as WebAssembly, on the worker's one thread. */
import * as ort from 'onnxruntime-web/wasm';
import programAddress from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { createOnnxReader } from '../../app/detect/model/onnx-reader.ts';
import type { Reader } from '../../app/detect/model/reader.ts';

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
  const reader = createOnnxReader(facts, vocabulary, {
    tensor: (values, form) => new ort.Tensor('int32', values, form),
    run: (inputs) => session.run(inputs),
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
