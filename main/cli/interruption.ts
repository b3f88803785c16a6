/** What ends a command before its time: Ctrl-C, SIGTERM, or output that nobody takes any more. */
import { Failure } from '../../app/failure/failure.ts';

export interface Interruption {
  /** Aborted by the first of them, with a Failure `cancelled`: who holds something lets go of it and returns. */
  readonly signal: AbortSignal;
  /** Where lost output ended the work: the exit code, whatever became of the work. Nobody is left to be told more. */
  lostOutput(): number | undefined;
}

/** Once per process. */
export function watchInterruptions(): Interruption {
  const controller = new AbortController();
  const stop = () => controller.abort(new Failure('cancelled', 'Stopped.'));
  let asked = false;
  let lost: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The first one ends the answer cleanly; somebody who presses again does not want to wait for that.
      if (asked) process.exit(130);
      asked = true;
      stop();
    });
  }
  // A reader such as `head` that closes the pipe has had enough, which is no failure. The keys, the server and its files
  // are to be cleared away all the same, so that this is no place to exit.
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (controller.signal.aborted) return;
      lost = error.code === 'EPIPE' ? 0 : 1;
      // Also where the work is done already, and nobody looks at the signal any more.
      process.exitCode = lost;
      stop();
    });
  }
  return { signal: controller.signal, lostOutput: () => lost };
}
