import { createDraft } from './draft.svelte.ts';
import type { DraftState } from './draft.svelte.ts';

/** What was written and not yet sent, per conversation, for as long as the page lives. Never stored. */
class Drafts {
  readonly #drafts = new Map<string | null, DraftState>();

  /** @param conversation `null` for the one that begins a conversation. */
  of(conversation: string | null): DraftState {
    const known = this.#drafts.get(conversation) ?? createDraft(conversation);
    this.#drafts.set(conversation, known);
    return known;
  }

  /** The conversation that a draft began has its id now: the draft goes on there. */
  became(draft: DraftState, conversation: string): void {
    for (const [key, known] of this.#drafts) if (known === draft) this.#drafts.delete(key);
    draft.conversation = conversation;
    this.#drafts.set(conversation, draft);
  }

  /** The conversation was deleted: what was written in it goes too. */
  forget(conversation: string): void {
    this.#drafts.get(conversation)?.close();
    this.#drafts.delete(conversation);
  }

  /** All conversations were deleted. What is to begin one stays. */
  forgetAll(): void {
    for (const conversation of [...this.#drafts.keys()]) if (conversation !== null) this.forget(conversation);
  }
}

export const drafts = new Drafts();
