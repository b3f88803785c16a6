import { Failure } from '../../app/failure/failure.ts';
import { orCancelled } from '../egress/cancellation.ts';

/**
 * Answers are made one at a time, in the order in which they were asked: each wants all of the processor, one model
 * in memory is enough, and the ledger's totals between two moments are then those of one answer.
 */
export interface AnswerQueue {
  /** Resolves when it is this one's turn; `done` is to be called after it. @throws Failure `cancelled`. */
  turn(signal: AbortSignal): Promise<{ done(): void }>;
}

export function createAnswerQueue(): AnswerQueue {
  let last = Promise.resolve();
  return {
    async turn(signal) {
      const before = last;
      const own = Promise.withResolvers<undefined>();
      last = before.then(() => own.promise);
      try {
        await orCancelled(before, signal);
      } catch (error) {
        own.resolve(undefined);
        throw error instanceof Failure ? error : new Failure('cancelled', 'Stopped.');
      }
      return { done: () => own.resolve(undefined) };
    },
  };
}
