/** Programs that a benchmark runs: their progress is passed on, their output is JSON, and an abort ends them. */
import { spawn } from 'node:child_process';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Gets every line of the program's standard error. */
  readonly progress: (text: string) => void;
  /** What to say where the program itself is not there. */
  readonly missing: string;
}

/** Most lines of standard error that a failure repeats. */
const shown = 12;

/**
 * What the program wrote to standard output.
 * @throws Error with `missing`, or with the end of its standard error where it failed.
 */
export async function outputOf(program: Program): Promise<string> {
  const { command, args, cwd, env, signal, progress, missing } = program;
  signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    let output = '';
    let rest = '';
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        progress(line);
        lines.push(line);
      }
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ENOENT' ? new Error(missing) : error),
      );
      child.on('close', resolve);
    });
    signal.throwIfAborted();
    if (code === 0) return output;
    const told = [...lines, rest].filter((line) => line !== '').slice(-shown);
    throw new Error([`${command} ended with ${code ?? 'a signal'}:`, ...told].join('\n'));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
