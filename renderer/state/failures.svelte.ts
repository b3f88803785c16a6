/** What went wrong and has to be read: notices at the corner, each with the button that mends it. */
import { Failure } from '../../app/failure/failure.ts';
import { failureText, type FailureText } from '../language/failure-text.ts';

export interface FailureNotice {
  readonly id: number;
  /** Told by `failureText`, so that it follows the language. */
  readonly failure: Failure | null;
  /** Something that went well, or a plain sentence. */
  readonly sentence: (() => string) | null;
  readonly retry: (() => void) | null;
}

/** More at a time are not read. */
const most = 3;
/** Milliseconds that a plain sentence stays; a failure stays until it is dismissed. */
const stays = 6000;

class Failures {
  #items = $state.raw<readonly FailureNotice[]>([]);
  #next = 0;

  get items(): readonly FailureNotice[] {
    return this.#items;
  }

  /**
   * Shows what was caught. What the user stopped is no news.
   * @param retry for the button "Try again", where the failure can be mended so.
   */
  show(error: unknown, { retry }: { readonly retry?: () => void } = {}): void {
    const failure = failureFrom(error);
    if (failure.code === 'cancelled' || failure.reason === 'not-confirmed') return;
    const same = (item: FailureNotice) =>
      item.failure?.reason === failure.reason && item.failure?.message === failure.message;
    this.#add({ failure, sentence: null, retry: retry ?? null }, (item) => !same(item));
  }

  /** Says a sentence for a few seconds. */
  say(sentence: () => string): void {
    const id = this.#add({ failure: null, sentence, retry: null }, (item) => item.failure !== null);
    setTimeout(() => this.dismiss(id), stays);
  }

  dismiss(id: number): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  clear(): void {
    this.#items = [];
  }

  #add(item: Omit<FailureNotice, 'id'>, keep: (item: FailureNotice) => boolean): number {
    const id = this.#next++;
    this.#items = [...this.#items.filter(keep), { ...item, id }].slice(-most);
    return id;
  }
}

export const failures = new Failures();

/** Whatever was thrown, as a failure: what is none is a defect of the page. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof Failure) return error;
  console.error(error);
  return new Failure('pack', 'Something went wrong inside Sotto. Nothing more was sent.', {
    next: 'Try again. If it happens again, restart Sotto and report it.',
  });
}

export { failureText, type FailureText };
