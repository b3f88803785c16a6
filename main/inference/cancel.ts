import { Failure } from '../../app/failure/failure.ts';

/** @throws Failure `cancelled` when the signal is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Failure('cancelled', 'Stopped.');
}
