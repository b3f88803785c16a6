/** What ends a command before its time: Ctrl-C, SIGTERM, a closed terminal, or a result that nobody takes any more. */
import { Failure } from '../../app/failure/failure.ts';

export interface Interruption {
  /** Aborted by the first of them, with a Failure `cancelled`: who holds something lets go of it and returns. */
  readonly signal: AbortSignal;
  /** Whether `error` says only that the work ended because standard output was lost: there is nothing to report then. */
  isLostOutput(error: unknown): boolean;
}

export interface InterruptionOptions {
  /** A script waits for one object: a reader that is gone before it was written has not had enough. */
  readonly json?: boolean;
}

/** Once per process. Has the last word on the exit code, for output that is lost when the work is done already. */
export function watchInterruptions({ json = false }: InterruptionOptions = {}): Interruption {
  const controller = new AbortController();
  const stop = () => controller.abort(new Failure('cancelled', 'Stopped.'));
  let asked = false;
  // SIGHUP is a terminal or, on Windows, a console that is closed. What nohup sets is no matter: Node takes it back
  // before it runs any of this, so that SIGHUP would end the process at once, and nothing tells here that it was set.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // The first one ends the answer cleanly; somebody who presses again does not want to wait for that. A terminal
      // that closes is nobody who presses, and may say so twice: the kernel and the shell each send a SIGHUP.
      if (asked && name !== 'SIGHUP') process.exit(130);
      asked = true;
      stop();
    });
  }
  /** The exit code of work that ended for lost output, and of nothing else. */
  let lost: number | undefined;
  // The keys, the server and its files are to be cleared away all the same, so that this is no place to exit.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (lost !== undefined) return;
    // A reader such as `head` that closes the pipe has had enough, which is no failure.
    if (code === 'EPIPE') lost = json ? 130 : 0;
    else {
      lost = 5;
      if (!asked) process.stderr.write(`Standard output could not be written (${code ?? 'unknown'}).\n`);
    }
    stop();
  });
  // Messages are not what the work is done for: it goes on without them.
  process.stderr.on('error', () => undefined);
  // Output that fails is told of after the write, when the command may have returned: only here is everything known.
  process.once('exit', (code) => {
    if (lost !== undefined && (code === 0 || (code === 130 && !asked))) process.exitCode = lost;
  });
  return {
    signal: controller.signal,
    isLostOutput: (error) =>
      lost !== undefined && !asked && error instanceof Failure && error.code === 'cancelled',
  };
}
