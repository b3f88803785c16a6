/** ONNX Runtime sessions of a pack's graphs. */
import type * as ort from 'onnxruntime-node';
import { Failure } from '../../app/failure/failure.ts';
import { onnx } from '../installation/onnx-runtime.ts';
import { fileOf } from '../packs/bundle.ts';
import { stopIfAborted } from './cancel.ts';

export type Tensor = ort.Tensor;
export type FloatTensor = ort.TypedTensor<'float32'>;

/** A loaded graph. Every graph runs with one thread, so that the order of its sums never changes. */
export interface Graph {
  readonly path: string;
  readonly inputs: readonly string[];
  /** Runs on the calling thread after the event loop had a turn. @throws Failure `pack` when the graph fails. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

export interface Graphs {
  /** @throws Failure `pack` for a graph that was not loaded. */
  get(path: string): Graph;
  /** Frees every session; a graph may not run afterwards. */
  release(): Promise<void>;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (loaded: number, all: number) => void;
}

const sessionOptions: ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/**
 * Loads graphs by path, so that ONNX Runtime maps their shared weights file.
 * @throws Failure `pack` naming the graph; `cancelled`.
 */
export async function loadGraphs(
  dir: string,
  paths: ReadonlySet<string>,
  options: LoadOptions,
): Promise<Graphs> {
  const sessions = new Map<string, ort.InferenceSession>();
  const release = async () => {
    const all = [...sessions.values()];
    sessions.clear();
    await Promise.all(all.map((session) => session.release()));
  };
  const load = async (path: string) => {
    stopIfAborted(options.signal);
    const session = await onnx.InferenceSession.create(await fileOf(dir, path), sessionOptions).catch(
      (cause: unknown) => {
        throw new Failure('pack', `The pack's graph ${path} could not be loaded.`, { cause });
      },
    );
    sessions.set(path, session);
    options.onProgress?.(sessions.size, paths.size);
  };
  const outcomes = await Promise.allSettled([...paths].map(load));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await release();
    throw failed.reason;
  }
  return {
    get(path) {
      const session = sessions.get(path);
      if (!session) throw new Failure('pack', `The pack's graph ${path} is not loaded.`);
      return graphOf(path, session);
    },
    release,
  };
}

function graphOf(path: string, session: ort.InferenceSession): Graph {
  return {
    path,
    inputs: session.inputNames,
    run: (inputs) =>
      session.run(inputs).catch((cause: unknown) => {
        throw new Failure('pack', `The pack's graph ${path} failed.`, { cause });
      }),
  };
}
