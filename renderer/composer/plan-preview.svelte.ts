import { api } from '../bridge/api.ts';
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import { changeBetween } from '../../app/detect/edits.ts';
import type { Edits } from '../../app/detect/edits.ts';
import type { Mark } from '../../app/detect/span.ts';
import type { Failure } from '../../app/failure/failure.ts';
import { moveRanges } from '../detection/move-ranges.ts';
import { failureFrom } from '../state/failures.svelte.ts';
import type { Piece } from './segments.ts';

/** Milliseconds without a key after which a plan is asked for. */
const pause = 120;

/** What would leave, for a draft as it is; the newest question wins. */
export class PlanPreview {
  #plan = $state.raw<AnswerPlan | null>(null);
  /** What the plan was made of. */
  #planned = $state.raw<Draft | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #current = $state(true);
  #pieces = $state.raw<readonly Piece[]>([]);
  #refused = $state<string | null>(null);
  #text = '';
  #draft: Draft | null = null;
  #details = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;

  /** The last plan that was made; see `current`. `null` for an empty prompt. */
  get plan(): AnswerPlan | null {
    return this.#plan;
  }

  /** Whether the plan, or the failure, is that of the draft as it is. */
  get current(): boolean {
    return this.#current;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** What the plan protects, if it is that of just this text with these edits. */
  marksOf(text: string, edits: Edits): readonly Mark[] | null {
    const planned = this.#planned;
    if (!this.#current || planned?.text !== text || !sameEdits(planned.edits, edits)) return null;
    return this.#plan?.marks ?? null;
  }

  /** Ways of the words, moved along with the text while a plan is made. */
  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** Sending was refused because the plan had become another one since it was shown. */
  get changed(): boolean {
    return this.#refused !== null;
  }

  /** @param basis what a plan depends on beside the draft, as a text. */
  follow(draft: Draft, basis: string): void {
    const { text, ...rest } = draft;
    const details = `${JSON.stringify(rest)} ${basis}`;
    if (text === this.#text && details === this.#details) return;
    this.#details = details;
    if (text !== this.#text) {
      this.#pieces = moveRanges(this.#pieces, changeBetween(this.#text, text));
      this.#text = text;
    }
    this.#draft = draft;
    if (text !== this.#refused) this.#refused = null;
    this.#ask(pause);
  }

  /** Asks again: something other than the draft changed. */
  refresh(): void {
    this.#ask(0);
  }

  /** The plan that was shown is not the one that would be executed: a fresh one is asked for. */
  refused(text: string): void {
    this.#refused = text;
    this.#ask(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  #ask(wait: number): void {
    this.close();
    const draft = this.#draft;
    if (!draft || draft.text.trim() === '') {
      this.#plan = null;
      this.#failure = null;
      this.#pieces = [];
      this.#current = true;
      return;
    }
    this.#current = false;
    this.#timer = setTimeout(() => void this.#fetch(draft), wait);
  }

  async #fetch(draft: Draft): Promise<void> {
    const asking = (this.#asking = new AbortController());
    try {
      const plan = await api.plan.preview(draft, asking.signal);
      if (this.#asking !== asking || asking.signal.aborted) return;
      this.#plan = plan;
      this.#planned = draft;
      this.#pieces = plan.pieces;
      this.#failure = null;
    } catch (error) {
      if (this.#asking !== asking || asking.signal.aborted) return;
      this.#plan = null;
      this.#pieces = [];
      this.#failure = failureFrom(error);
    }
    this.#current = true;
  }
}

/** Whether they are the same stretches, in lists of their own. */
function sameEdits(one: Edits, other: Edits): boolean {
  const same = (ranges: readonly unknown[], others: readonly unknown[]) =>
    ranges.length === others.length && ranges.every((range, at) => range === others[at]);
  return same(one.marked, other.marked) && same(one.unmarked, other.unmarked);
}
