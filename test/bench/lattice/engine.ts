/** The Rust part of the benchmark: built with cargo, run for its JSON. */
import { join } from 'node:path';
import * as v from 'valibot';
import { engineOutput } from './report.ts';
import { outputOf } from './program.ts';

const root = join(import.meta.dirname, '..', '..', '..');
export const native = join(root, 'native');

export interface EngineOptions {
  readonly runs: number;
  readonly threads: number;
  readonly quick: boolean;
  /** GPT-2's checkpoint, where there is one. */
  readonly model?: string;
  /** A folder for the matrix that other libraries multiply. */
  readonly matrixOut: string;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** @throws Error without cargo, where the build breaks, or where the program fails. */
export async function measureEngine(options: EngineOptions): Promise<v.InferOutput<typeof engineOutput>> {
  const { runs, threads, quick, model, matrixOut, signal, progress } = options;
  progress('Building the benchmark');
  const built = await outputOf({
    command: 'cargo',
    args: [
      'build',
      '--release',
      '--locked',
      '--package',
      'lattice',
      '--example',
      'bench',
      '--message-format',
      'json',
    ],
    cwd: native,
    signal,
    progress,
    missing: 'The benchmark of the engine is built with cargo, which is not there: see https://rustup.rs.',
  });
  const output = await outputOf({
    command: executable(built),
    args: [
      ...['--runs', String(runs), '--threads', String(threads), '--matrix-out', matrixOut],
      ...(quick ? ['--quick'] : []),
      ...(model === undefined ? [] : ['--model', model]),
    ],
    signal,
    progress,
    missing: 'The benchmark that was just built is not there.',
  });
  return v.parse(engineOutput, JSON.parse(output));
}

const message = v.object({
  reason: v.literal('compiler-artifact'),
  target: v.object({ name: v.literal('bench'), kind: v.tuple([v.literal('example')]) }),
  executable: v.string(),
});

/** Where cargo put the program: the target folder may be another one. */
export function executable(messages: string): string {
  for (const line of messages.split('\n').filter(Boolean)) {
    const parsed = v.safeParse(message, JSON.parse(line));
    if (parsed.success) return parsed.output.executable;
  }
  throw new Error('cargo did not say where the benchmark is.');
}
