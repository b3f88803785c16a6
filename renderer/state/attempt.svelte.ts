import type { Failure } from '../../app/failure/failure.ts';
import { failureFrom } from './failures.svelte.ts';

/**
 * Something that a component asks for: whether it is under way, and how it failed the last time. What was given up, or
 * begun anew, changes nothing any more when its answer comes.
 */
export class Attempt {
  #busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  #current: AbortController | null = null;

  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Forgets the last failure, and keeps the one that `work` throws. Never throws.
   * @param work what it does whether or not anybody still waits for it; its signal asks it to stop.
   * @param done for who still waits.
   */
  async run<Result>(
    work: (signal: AbortSignal) => Promise<Result>,
    done: (result: Result) => void = () => undefined,
  ): Promise<void> {
    this.giveUp();
    const controller = (this.#current = new AbortController());
    const { signal } = controller;
    this.#busy = true;
    try {
      const result = await work(signal);
      if (!signal.aborted) done(result);
    } catch (error) {
      if (!signal.aborted) this.failure = failureFrom(error);
    } finally {
      if (this.#current === controller) this.#busy = false;
    }
  }

  /** Nobody waits for it any more: it is asked to stop, and its failure is forgotten. Safe to repeat. */
  giveUp(): void {
    this.#current?.abort();
    this.#current = null;
    this.#busy = false;
    this.failure = null;
  }
}
