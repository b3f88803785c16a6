/** A pack on its way to this machine: begun, stopped, gone on with. */
import type { Failure } from '../../app/failure/failure.ts';
import { failureFrom } from '../state/failures.svelte.ts';

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface Installed {
  readonly name: string;
  readonly bytes: number;
}

type Start = (onItem: (progress: Progress) => void, signal: AbortSignal) => Promise<Installed | null>;

export class Transfer {
  #state = $state<'running' | 'stopped' | 'failed' | 'done'>('running');
  #progress = $state.raw<Progress | null>(null);
  #installed = $state.raw<Installed | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #controller = new AbortController();
  readonly #start: Start;
  readonly name: string;

  /** @param start goes on where a stopped transfer ended. */
  constructor(name: string, start: Start) {
    this.name = name;
    this.#start = start;
  }

  get state(): 'running' | 'stopped' | 'failed' | 'done' {
    return this.#state;
  }

  /** `null` before the first byte. */
  get progress(): Progress | null {
    return this.#progress;
  }

  get installed(): Installed | null {
    return this.#installed;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** Resolves with whether the pack is here now. */
  async run(): Promise<boolean> {
    const controller = (this.#controller = new AbortController());
    this.#state = 'running';
    this.#failure = null;
    try {
      this.#installed = await this.#start((progress) => (this.#progress = progress), controller.signal);
      this.#state = this.#installed ? 'done' : 'stopped';
      return this.#installed !== null;
    } catch (error) {
      const failure = failureFrom(error);
      if (failure.code === 'cancelled' || controller.signal.aborted) {
        this.#state = 'stopped';
      } else {
        this.#state = 'failed';
        this.#failure = failure;
      }
      return false;
    }
  }

  stop(): void {
    this.#controller.abort();
  }
}
