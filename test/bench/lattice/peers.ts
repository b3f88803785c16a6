/**
 * Other libraries on the same matrix: `build/performance/peers.py` in a virtual environment of its own under
 * native/target. They are measured, never used; nothing of the product knows them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { native } from './engine.ts';
import { outputOf } from './program.ts';
import { peerOutput } from './report.ts';
import type { PeerOutput } from './report.ts';

const scripts = join(import.meta.dirname, '..', '..', '..', 'build', 'performance');
const script = join(scripts, 'peers.py');
const windows = process.platform === 'win32';

export interface PeerOptions {
  readonly runs: number;
  readonly threads: number;
  /** The folder that the engine's benchmark wrote the matrix to. */
  readonly matrix: string;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** @throws Error without Python or without a row that any library could measure. */
export async function measurePeers(options: PeerOptions): Promise<PeerOutput> {
  const { runs, threads, matrix, signal, progress } = options;
  const folder = join(native, 'target', 'peer-venv');
  const python = join(folder, windows ? 'Scripts/python.exe' : 'bin/python');
  const run = (command: string, args: readonly string[]) =>
    outputOf({
      command,
      args,
      signal,
      progress,
      missing: `${command} is not there: the other libraries need Python 3 with its module venv.`,
    });
  // Making it may have been cut off, or its Python be gone.
  const isWhole = await run(python, ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  );
  if (!isWhole) {
    progress(`Making a virtual environment in ${folder}`);
    await run(windows ? 'python' : 'python3', ['-m', 'venv', '--clear', folder]);
  }
  const requirements = readFileSync(join(scripts, 'requirements.txt'), 'utf8').split('\n').filter(Boolean);
  const notInstalled: string[] = [];
  for (const requirement of requirements) {
    progress(`Installing ${requirement}`);
    try {
      await run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', requirement]);
    } catch (error) {
      signal.throwIfAborted();
      // What has no wheel for this interpreter is left out, and the report says so.
      progress(error instanceof Error ? error.message : String(error));
      notInstalled.push(`${requirement} has no wheel for this Python, or could not be fetched`);
    }
  }
  const args = ['--matrix', matrix, '--runs', String(runs), '--threads', String(threads)];
  const measured = v.parse(peerOutput, JSON.parse(await run(python, [script, ...args])));
  return { ...measured, missing: [...new Set([...notInstalled, ...measured.missing])] };
}
