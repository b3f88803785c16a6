/** The marks of a text while it is written. */
import { changeBetween } from '../../app/detect/edits.ts';
import type { Mark } from '../../app/detect/span.ts';
import { session } from '../state/session.svelte.ts';
import { moveRanges } from './move-ranges.ts';
import type { DetectionBasis } from './protocol.ts';
import type { DetectionChannel } from './worker-pool.ts';
import { detectionPool } from './worker.ts';

export class Detection {
  #marks = $state.raw<readonly Mark[]>([]);
  #state = $state<'checked' | 'checking' | 'failed'>('checked');
  #text = '';
  #basis: DetectionBasis = { settings: session.settings.detection, words: [] };
  #channel: DetectionChannel | null = null;

  /** What detection marks, without the user's edits. While `checking`, the last marks, moved along with the text. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** `checked`: the marks are those of the whole text as it is. `failed`: it was not read, and must not be sent. */
  get state(): 'checked' | 'checking' | 'failed' {
    return this.#state;
  }

  read(text: string): void {
    if (text === this.#text) return;
    this.#marks = moveRanges(this.#marks, changeBetween(this.#text, text));
    this.#text = text;
    if (text === '') {
      this.#marks = [];
      this.#state = 'checked';
      this.#channel?.close();
      this.#channel = null;
      return;
    }
    this.#ask();
  }

  /** Reads again if what it is read with has changed. */
  follow(basis: DetectionBasis): void {
    if (JSON.stringify(basis) === JSON.stringify(this.#basis)) return;
    this.#basis = basis;
    if (!this.#channel) return;
    this.#state = 'checking';
    this.#channel.setBasis(basis);
  }

  /** After `failed`. */
  retry(): void {
    if (this.#text !== '') this.#ask();
  }

  close(): void {
    this.#channel?.close();
    this.#channel = null;
  }

  #ask(): void {
    this.#state = 'checking';
    this.#channel ??= detectionPool.open(this.#basis, (answer) => {
      if (answer.type === 'failed') {
        this.#state = 'failed';
        return;
      }
      this.#marks = answer.marks;
      if (answer.whole) this.#state = 'checked';
    });
    this.#channel.check(this.#text);
  }
}

/** How long a text that nobody writes waits to be read, in milliseconds: one that is only scrolled past never is. */
const patience = 200;

/** Such texts are read one after the other: one that is written takes turns with one of them at most. */
let reading: Promise<unknown> = Promise.resolve();

/**
 * Calls `onMarks` with the marks of a text that leaves in no case and does not change: first those of the rules, then
 * all. Not if it cannot be read, nor once the function that is returned was called.
 */
export function detectOnce(text: string, onMarks: (marks: readonly Mark[]) => void): () => void {
  let stop: () => void = () => undefined;
  let stopped = false;
  const read = (): Promise<void> =>
    new Promise((done) => {
      const basis = { settings: session.settings.detection, words: [] };
      const channel = detectionPool.open(basis, (answer) => {
        if (answer.type === 'marks') onMarks(answer.marks);
        if (answer.type === 'failed' || answer.whole) stop();
      });
      stop = () => {
        channel.close();
        done();
      };
      channel.check(text);
    });
  const timer = setTimeout(() => {
    reading = reading.then(() => (stopped ? undefined : read()));
  }, patience);
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
