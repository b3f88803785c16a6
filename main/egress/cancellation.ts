/** Stopping what is under way. */
import { Failure } from '../../app/failure/failure.ts';

export function cancelled(): Failure {
  return new Failure('cancelled', 'Stopped.');
}

/** Calls `stop` when the signal is aborted, at once if it already is; returns how to let go of the signal. */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (signal?.aborted) {
    stop();
    return () => undefined;
  }
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}

/** The promise's outcome, or Failure `cancelled` as soon as the signal is aborted. */
export function orCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(cancelled()));
    promise.then(resolve, reject).finally(letGo);
  });
}
