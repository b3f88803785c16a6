/** History and small records of one profile, encrypted at rest. Every method throws `Failure`; times are milliseconds. */
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import type { Conversation, Message, Summary } from '../../app/contract/conversations.ts';
import type { Edits } from '../../app/contract/shapes.ts';

export type Question = Extract<Message, { role: 'user' }>;
export type Answer = Extract<Message, { role: 'assistant' }>;

export interface NewConversation {
  /** Its first words become the title. */
  readonly firstQuestion: string;
  /** False: in memory alone, gone with the process (the no-history mode). */
  readonly stored: boolean;
}

export interface NewQuestion {
  readonly text: string;
  readonly marks: Question['marks'];
  readonly edits: Edits;
}

export interface FinishedAnswer {
  readonly text: string;
  readonly state: Answer['state'];
  readonly record: AnswerRecord | null;
}

export interface Hit {
  readonly conversation: Summary;
  /** `null` when the title has it. */
  readonly message: string | null;
  readonly excerpt: string;
  readonly found: readonly { readonly start: number; readonly end: number }[];
}

export type StoreChange =
  | { readonly type: 'changed'; readonly summary: Summary }
  | { readonly type: 'removed'; readonly id: string }
  | { readonly type: 'reload' };

export interface Store {
  /** Pinned ones first, then the latest changed. */
  list(page: { readonly before: number | null; readonly limit: number }): {
    conversations: Summary[];
    total: number;
    more: boolean;
  };
  /** @throws Failure `not-found`; `data-damaged` when a record of it does not open. */
  get(conversation: string): Conversation;
  /** `undefined` where there is none. */
  summary(conversation: string): Summary | undefined;
  createConversation(options: NewConversation): Summary;
  addQuestion(conversation: string, question: NewQuestion): Question;
  /** An answer with state `interrupted` and no text: what is on disk if the process ends before it is finished. */
  addAnswer(conversation: string): Answer;
  /** Replaces an answer's text, state and record. */
  updateAnswer(conversation: string, answer: string, finished: FinishedAnswer): Answer;
  /** Removes a message and all that follow it, for asking anew. The question to ask comes by `addQuestion`. */
  replaceFrom(conversation: string, message: string): void;
  rename(conversation: string, title: string): Summary;
  pin(conversation: string, pinned: boolean): Summary;
  remove(conversation: string): void;
  /** @throws Failure `refused` when there are not `expected` conversations. */
  removeAll(expected: number): number;
  /** Removes conversations that were not changed since; pinned ones stay. @returns how many. */
  removeUntouchedSince(time: number): number;
  /** Removes the conversations that live in memory alone. */
  forgetUnstored(): void;
  /** Waits until everything that is stored is in the index. */
  search(query: string, limit: number): Promise<Hit[]>;
  /** Adds conversations under new ids, all or none. */
  importAll(conversations: readonly Conversation[]): { conversations: number; messages: number };
  /** A small record under a name; `undefined` where there is none. Neither name nor value is readable on disk. */
  readEntry(name: string): unknown;
  /** `value` is plain JSON; `undefined` removes the record. */
  writeEntry(name: string, value: unknown): void;
  /** Calls `listener` after each change of the history; returns how to stop. */
  subscribe(listener: (change: StoreChange) => void): () => void;
  close(): void;
}
