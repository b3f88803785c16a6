import type { Failure } from '../../app/failure/failure.ts';
import { failureFrom } from './failures.svelte.ts';

/** Something that a component asks for: whether it is under way, and how it failed the last time. */
export class Attempt {
  #busy = $state(false);
  failure = $state.raw<Failure | null>(null);

  get busy(): boolean {
    return this.#busy;
  }

  /** Forgets the last failure, and keeps the one that `work` throws. Never throws. */
  async run(work: () => Promise<unknown>): Promise<void> {
    this.#busy = true;
    this.failure = null;
    try {
      await work();
    } catch (error) {
      this.failure = failureFrom(error);
    } finally {
      this.#busy = false;
    }
  }
}
