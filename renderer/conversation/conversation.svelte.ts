/** One conversation on screen: its messages on record, and the answer that is being written. */
import type { Conversation, Message } from '../../app/contract/conversations.ts';
import type { Draft } from '../../app/contract/plan.ts';
import { wordsOf } from '../../app/detect/edits.ts';
import type { OwnWord } from '../../app/detect/own-words.ts';
import type { Failure } from '../../app/failure/failure.ts';
import { api } from '../bridge/api.ts';
import type { DraftState, Question } from '../composer/draft.svelte.ts';
import { drafts } from '../composer/drafts.svelte.ts';
import { failureFrom, failures } from '../state/failures.svelte.ts';
import { history } from '../state/history.svelte.ts';
import { route } from '../state/route.svelte.ts';
import { session } from '../state/session.svelte.ts';
import { answers } from './answers.svelte.ts';
import type { RunningAnswer } from './answers.svelte.ts';
import { markedValues, until, viewOf } from './view.ts';
import type { Written } from './view.ts';

/** What a question is asked with; `null` is what the settings say. */
type Choice = Pick<Draft, 'policy' | 'pack' | 'server'>;

export class ConversationState {
  #id = $state<string | null>(null);
  #loaded = $state.raw<Conversation | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #loading = $state(false);
  /** The answer that a new conversation waits for, before it has an id. */
  #first = $state<string | null>(null);
  /** What failed outside an answer: asking again, or a question that was not accepted and is in the prompt again. */
  #trouble = $state.raw<{ failure: Failure; retry: (() => void) | null } | null>(null);
  /** A question is being planned, to be asked anew. */
  #planning = $state(false);
  #closed = false;
  #asked = 0;
  readonly #answer = $derived.by((): RunningAnswer | null => {
    if (this.#id !== null) return answers.of(this.#id) ?? null;
    return answers.byKey(this.#first) ?? null;
  });
  readonly messages = $derived(viewOf(this.#loaded?.items ?? [], this.#written, (id) => answers.keyFor(id)));
  #values: readonly string[] = [];
  /** Marked in the questions. The same array for as long as it has the same in it: each answer is searched for them. */
  readonly values = $derived.by(() => {
    const values = markedValues(this.messages);
    const same =
      values.length === this.#values.length && values.every((value, at) => value === this.#values[at]);
    return same ? this.#values : (this.#values = values);
  });

  get id(): string | null {
    return this.#id;
  }
  get loading(): boolean {
    return this.#loading;
  }
  /** The conversation could not be read. */
  get failure(): Failure | null {
    return this.#failure;
  }
  get trouble(): { readonly failure: Failure; readonly retry: (() => void) | null } | null {
    return this.#trouble;
  }
  get answer(): RunningAnswer | null {
    return this.#answer;
  }
  /** Names the record as far as it is known: another one once an answer has ended, here or elsewhere. */
  get version(): string {
    return `${this.#loaded?.changed ?? ''} ${this.#answer?.running ?? false}`;
  }
  /** An answer is being written, or about to be: no other can be asked for. */
  get busy(): boolean {
    return this.#planning || this.#answer?.running === true;
  }
  get title(): string | null {
    return this.#loaded?.title ?? null;
  }
  /** Nothing of it is written to disk. */
  get unsaved(): boolean {
    return this.#loaded ? !this.#loaded.stored : this.#answer?.stored === false;
  }

  get #written(): Written | null {
    const answer = this.#answer;
    if (!answer) return null;
    return {
      key: answer.key,
      replaces: answer.draft.replaces,
      question: answer.question,
      answer: answer.answer,
      text: answer.text,
      marks: answer.marks,
      edits: answer.draft.edits,
      questionText: answer.draft.text,
      state: answer.running ? 'writing' : answer.phase === 'done' ? 'done' : 'failed',
      record: answer.record,
      discarded: answer.failure?.reason === 'integrity-failed',
    };
  }

  /** @param id `null` begins a conversation. */
  show(id: string | null): void {
    if (id !== null && id === this.#id) return;
    this.#trouble = null;
    if (id !== null && id === answers.byKey(this.#first)?.conversation) {
      // The conversation that was just begun got its id: what is on screen stays.
      this.#id = id;
      return;
    }
    this.#id = id;
    this.#first = null;
    this.#loaded = null;
    this.#failure = null;
    // What was being read is of the one before.
    this.#asked += 1;
    this.#loading = false;
    if (id !== null) void this.load();
  }

  /** It is on screen no more: what comes of its questions leads nobody back to it. */
  close(): void {
    this.#closed = true;
    this.#first = null;
  }

  /** Reads it again from the record. */
  async load(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    const asked = ++this.#asked;
    this.#loading = this.#loaded === null;
    try {
      const loaded = await api.conversations.get({ id });
      if (asked !== this.#asked || this.#id !== id) return;
      this.#loaded = loaded;
      this.#failure = null;
      this.#settle(id, loaded.items);
    } catch (error) {
      if (asked === this.#asked && this.#id === id && !this.#loaded) this.#failure = failureFrom(error);
    }
    if (asked === this.#asked) this.#loading = false;
  }

  /** The record has changed elsewhere, as the list of conversations tells; or the line is back that it could not be read by. */
  follow(): void {
    if (this.#failure?.reason === 'bridge-lost' && session.connection === 'open') return void this.load();
    const known = history.items.find(({ id }) => id === this.#id);
    if (known && this.#loaded && known.changed > this.#loaded.changed && !this.#answer?.running)
      void this.load();
  }

  /** Sends what the draft holds, and empties it. */
  send(question: Question, draft: DraftState): void {
    draft.clear();
    this.#ask(question, draft);
  }

  /** Asks a question of the conversation anew, as was chosen. */
  async askAgain(questionId: string, { policy, pack, server }: Choice): Promise<void> {
    const item = this.#question(questionId);
    if (!item) return;
    await this.#askOnceMore({
      conversation: this.#id,
      replaces: questionId,
      text: item.text,
      edits: item.edits,
      policy,
      pack,
      server,
    });
  }

  /** Tries once more what failed: as it was asked, which the record may not have. */
  retry(answer: RunningAnswer): void {
    if (answer.question !== null) void this.askAgain(answer.question, answer.draft);
    else void this.#askOnceMore(answer.draft);
  }

  dismiss(): void {
    this.#trouble = null;
    if (this.#answer && !this.#answer.running) answers.forget(this.#answer);
  }

  /** The text and edits of a question, to be changed and sent again. */
  edit(questionId: string, draft: DraftState): void {
    const item = this.#question(questionId);
    if (item)
      draft.load({ text: item.text, edits: item.edits, replaces: questionId, conversation: this.#id });
  }

  stop(): void {
    this.#answer?.stop();
  }

  /**
   * What was marked by hand in any question is marked in the next one too, also in one that takes the place of that question:
   * as the plan has it.
   */
  earlierWords(): OwnWord[] {
    return wordsOf(this.#questions);
  }

  /** The accepted ones, also the one whose answer the record does not have yet. */
  get #questions(): readonly (Pick<Draft, 'text' | 'edits'> & { readonly id: string })[] {
    const items = this.#loaded?.items ?? [];
    const { question = null, draft } = this.#answer ?? {};
    const accepted = question !== null && draft ? [{ ...draft, id: question }] : [];
    const recorded = accepted.length === 0 ? items : until(items, [draft?.replaces ?? null, question]);
    return [...recorded.filter((item) => item.role === 'user'), ...accepted];
  }

  #question(id: string): Pick<Draft, 'text' | 'edits'> | undefined {
    const found = this.#loaded?.items.find((item) => item.id === id);
    if (found?.role === 'user') return found;
    // Just answered, and the record is still being read.
    return this.#answer?.question === id ? this.#answer.draft : undefined;
  }

  /** What is on screen stays until the next attempt has begun: it may not begin. */
  async #askOnceMore(draft: Draft): Promise<void> {
    if (this.busy) return;
    this.#trouble = null;
    this.#planning = true;
    try {
      const plan = await api.plan.preview(draft);
      this.#ask({ draft, plan, marks: plan.marks }, null);
    } catch (error) {
      const failure = failureFrom(error);
      if (draft.conversation === this.#id && !this.#closed)
        this.#trouble = { failure, retry: () => void this.#askOnceMore(draft) };
      else failures.show(failure);
    } finally {
      this.#planning = false;
    }
  }

  /** @param from what it was written in; null for one that is asked once more, and stays on screen if it fails. */
  #ask(question: Question, from: DraftState | null): void {
    this.#trouble = null;
    const began = question.draft.conversation === null;
    const running = answers.ask(question, (accepted) => {
      from?.resume();
      // Who began another conversation meanwhile writes on there, in the same draft.
      if (accepted.conversation === null || this.#first !== accepted.key || this.#id !== null) return;
      if (from) drafts.became(from, accepted.conversation);
      this.#id = accepted.conversation;
      route.became(accepted.conversation);
    });
    if (began) this.#first = running.key;
    void running.ended.then(() => this.#ended(running, from !== null));
  }

  #ended(running: RunningAnswer, written: boolean): void {
    const { failure } = running;
    if (failure && running.question === null) {
      if (written || failure.code === 'cancelled') answers.forget(running);
      if (!written) return;
      const draft = drafts.of(running.draft.conversation);
      draft.giveBack(running.draft);
      if (failure.code === 'cancelled') return;
      if (failure.reason === 'plan-changed') return draft.preview.refused(draft.text);
      // Send is how it is tried once more.
      if (running.draft.conversation === this.#id && !this.#closed) this.#trouble = { failure, retry: null };
      else failures.show(failure);
      return;
    }
    if (running.conversation !== this.#id) {
      // Nobody looks at it: the record has it when somebody does.
      if (!running.failure) answers.forget(running);
      return;
    }
    void this.load();
  }

  /** Takes the running answer away once the record has all of it. */
  #settle(id: string, items: readonly Message[]): void {
    const running = answers.of(id);
    if (!running || running.running || running.failure) return;
    if (items.some((item) => item.id === running.answer)) answers.forget(running);
  }
}
