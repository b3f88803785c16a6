/** The token classifier of detection under Node: for the last check before sending, and for the command line. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOnnxReader } from '../../app/detect/model/onnx-reader.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import { installation } from '../installation/installation.ts';
import { onnx } from '../installation/onnx-runtime.ts';

const opened = new Map<string, Promise<Reader>>();
const readers = new Set<Reader>();

/**
 * The model of a folder with `detector.onnx`, `detector.json` and `vocabulary.txt`, loaded once in a process. After a
 * failure the next call tries again. @throws Error when a file is missing or is not what it should be.
 */
export function openDetectionModel(folder = installation.detector): Promise<Reader> {
  const known = opened.get(folder);
  if (known) return known;
  const opening = open(folder);
  opened.set(folder, opening);
  opening.then(
    (reader) => readers.add(reader),
    () => opened.delete(folder),
  );
  return opening;
}

/** Keeps nothing of the texts that the models of this process have read. */
export function forgetTexts(): void {
  for (const reader of readers) reader.forget();
}

async function open(folder: string): Promise<Reader> {
  // Read here, not by ONNX Runtime: in a package the files are inside the archive.
  const [facts, vocabulary, weights] = await Promise.all([
    readFile(join(folder, 'detector.json'), 'utf8'),
    readFile(join(folder, 'vocabulary.txt'), 'utf8'),
    readFile(join(folder, 'detector.onnx')),
  ]);
  const session = await onnx.InferenceSession.create(weights, {
    executionProviders: ['cpu'],
    // The same text gives the same marks, and an answer under way keeps its cores.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return createOnnxReader(facts, vocabulary, {
    tensor: (values, form) => new onnx.Tensor('int32', values, form),
    run: (inputs) => session.run(inputs),
  });
}
