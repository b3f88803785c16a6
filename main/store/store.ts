/**
 * History and small records of one profile, encrypted at rest. Every method throws `Failure`; times are milliseconds.
 * Conversations of the no-history mode live beside the stored ones, in memory alone, behind the same methods.
 */
import { randomUUID } from 'node:crypto';
import type { ImportedConversation } from '../../app/exchange/imported.ts';
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import type { Conversation, Message, Summary } from '../../app/contract/conversations.ts';
import type { Edits } from '../../app/contract/shapes.ts';
import { Failure } from '../../app/failure/failure.ts';
import { excerptOf } from './excerpt.ts';
import { StoreProblem } from './problems.ts';
import type { ConversationRecord, MessageRecord } from './records.ts';
import { SearchIndex } from './search-index.ts';
import type { Place } from './search-index.ts';
import { Shelf } from './shelf.ts';
import type { ShelvedMessage } from './shelf.ts';
import { openStoreFile, openStoreInMemory } from './store-file.ts';
import { titleOf } from './title.ts';

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
  /** The message that it takes the place of: that one and all that follow it go in the same write. */
  readonly replaces?: string | null;
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

/** The contract's bound on the messages of one conversation. */
const mostMessages = 100_000;
/** All of them stand on the first page. */
const mostPinned = 500;
/** Milliseconds by which a clock may have been fast; what is later than that was never a time. */
const mostAhead = 24 * 60 * 60 * 1000;

interface Known {
  readonly shelf: Shelf;
  record: ConversationRecord;
  messages: number;
}

/** The store in a file. @throws Failure as `openStoreFile`. */
export function openStore(file: string, databaseKey: Uint8Array): Store {
  return new Store(new Shelf(openStoreFile(file, databaseKey), file), true);
}

/** For a vault that is in memory alone: nothing is written anywhere. */
export function openEphemeralStore(): Store {
  return new Store(memoryShelf(), false);
}

export class Store {
  readonly #shelf: Shelf;
  readonly #persistent: boolean;
  #memory: Shelf | undefined;
  readonly #known = new Map<string, Known>();
  readonly #sources = new Map<string, string>();
  readonly #index = new SearchIndex((place) => this.#textOf(place));
  readonly #listeners = new Set<(change: StoreChange) => void>();
  #latest = 0;
  #open = true;

  /** @param persistent false when the shelf itself is in memory. */
  constructor(shelf: Shelf, persistent: boolean) {
    this.#shelf = shelf;
    this.#persistent = persistent;
    for (const { id, record, messages } of shelf.conversations()) {
      this.#learn(id, { shelf, record: record ?? recovered(shelf.messages(id)), messages });
    }
    this.#index.queue(this.#places([...this.#known.keys()]));
  }

  /**
   * Pinned ones first, then the latest changed. The first page has all pinned ones besides `limit` others.
   * @param page.before the `changed` of the last one of the page before.
   */
  list({ before, limit }: { readonly before: number | null; readonly limit: number }): {
    conversations: Summary[];
    total: number;
    more: boolean;
  } {
    this.#usable();
    const all = [...this.#known.keys()].map((id) => this.#summary(id)).sort((a, b) => b.changed - a.changed);
    const pinned = all.filter((summary) => summary.pinned).slice(0, mostPinned);
    const first = new Set(pinned.map(({ id }) => id));
    const others = all.filter(({ id, changed }) => !first.has(id) && (before === null || changed < before));
    return {
      conversations: [...(before === null ? pinned : []), ...others.slice(0, limit)],
      total: all.length,
      more: others.length > limit,
    };
  }

  /** Every conversation's, the latest changed first. */
  ids(): string[] {
    this.#usable();
    return [...this.#known].sort(([, a], [, b]) => b.record.changed - a.record.changed).map(([id]) => id);
  }

  /** `damaged` has the ids of messages whose records do not open. @throws Failure `not-found` */
  get(conversation: string): Conversation {
    const { shelf } = this.#find(conversation);
    const messages = shelf.messages(conversation);
    const damaged = messages.filter(({ record }) => record === undefined).map(({ id }) => id);
    return {
      ...this.#summary(conversation),
      items: messages.flatMap(({ id, record }) => (record ? [messageOf(shelf, id, record)] : [])),
      ...(damaged.length === 0 ? {} : { damaged }),
    };
  }

  /** `undefined` where there is none. */
  summary(conversation: string): Summary | undefined {
    this.#usable();
    return this.#known.has(conversation) ? this.#summary(conversation) : undefined;
  }

  createConversation({ firstQuestion, stored }: NewConversation): Summary {
    this.#usable();
    const id = randomUUID();
    const shelf = stored ? this.#shelf : (this.#memory ??= memoryShelf());
    const now = this.#now();
    const record = { title: titleOf(firstQuestion), created: now, changed: now, pinned: false };
    shelf.putConversation(id, record);
    this.#learn(id, { shelf, record, messages: 0 });
    this.#index.put({ conversation: id, message: null }, record.title);
    return this.#changed(id);
  }

  /** @throws Failure `not-found` for a message to replace that is not there */
  addQuestion(conversation: string, { text, marks, edits, replaces = null }: NewQuestion): Question {
    const known = this.#find(conversation);
    const question: MessageRecord = { role: 'user', time: this.#now(), text, marks, edits };
    const first = replaces === null ? undefined : this.#message(known, conversation, replaces);
    // A title that came from the first question goes with it.
    const own = known.record.title;
    const titled = first?.position === 0 && first.record !== undefined && own === titleOf(first.record.text);
    const title = titled || own === '' ? titleOf(text) : own;
    return { ...question, id: this.#add(conversation, question, title, first?.position) };
  }

  /** An answer with state `interrupted` and no text: what is on disk if the process ends before it is finished. */
  addAnswer(conversation: string): Answer {
    const time = this.#now();
    const answer: MessageRecord = { role: 'assistant', time, text: '', state: 'interrupted' };
    const id = this.#add(conversation, answer, this.#find(conversation).record.title);
    return { ...answer, id, record: null };
  }

  /** Replaces an answer's text, state and record. @throws Failure `not-found` */
  updateAnswer(conversation: string, answer: string, { text, state, record }: FinishedAnswer): Answer {
    const known = this.#find(conversation);
    const message = this.#message(known, conversation, answer);
    if (message.record?.role === 'user') throw notFound('This answer');
    const now = this.#now();
    const changed: MessageRecord = {
      role: 'assistant',
      time: message.record?.time ?? now,
      text,
      state,
    };
    this.#write(conversation, { ...known.record, changed: now }, () => {
      known.shelf.putMessage(conversation, answer, message.position, changed);
      known.shelf.putReceipt(answer, record);
    });
    this.#index.put({ conversation, message: answer }, text);
    this.#changed(conversation);
    return { ...changed, id: answer, record };
  }

  rename(conversation: string, title: string): Summary {
    const { record } = this.#find(conversation);
    this.#write(conversation, { ...record, title });
    this.#index.put({ conversation, message: null }, title);
    return this.#changed(conversation);
  }

  /** @throws Failure `usage` when 500 are pinned already. */
  pin(conversation: string, pinned: boolean): Summary {
    const { record } = this.#find(conversation);
    if (pinned && this.#pinned() >= mostPinned) {
      throw new Failure('usage', `At most ${mostPinned} conversations can be pinned. Nothing was changed.`, {
        next: 'Unpin another one first.',
      });
    }
    this.#write(conversation, { ...record, pinned });
    return this.#changed(conversation);
  }

  /** @throws Failure `not-found` */
  remove(conversation: string): void {
    this.#find(conversation);
    this.#removeMany([conversation]);
    this.#tell({ type: 'removed', id: conversation });
  }

  /** @throws Failure `refused` when there are not `expected` conversations. */
  removeAll(expected: number): number {
    this.#usable();
    const ids = [...this.#known.keys()];
    if (ids.length !== expected) {
      throw new Failure(
        'refused',
        `There are ${ids.length} conversations now, not ${expected}. Nothing was deleted.`,
        { next: 'Look at the number again, then delete.', facts: { count: ids.length } },
      );
    }
    this.#removeMany(ids);
    this.#tell({ type: 'reload' });
    return ids.length;
  }

  /** Removes conversations without a message since, unless they were imported since. @returns how many. */
  removeUntouchedSince(time: number): number {
    this.#usable();
    const touched = ({ changed, added = 0 }: ConversationRecord) => Math.max(changed, added);
    const old = [...this.#known].filter(([, { record }]) => touched(record) < time).map(([id]) => id);
    if (old.length === 0) return 0;
    this.#removeMany(old);
    this.#tell({ type: 'reload' });
    return old.length;
  }

  /** Removes the conversations that live in memory alone. */
  forgetUnstored(): void {
    this.#usable();
    const ids = [...this.#known].filter(([, { shelf }]) => shelf !== this.#shelf).map(([id]) => id);
    if (ids.length === 0) return;
    this.#removeMany(ids);
    this.#memory?.close();
    this.#memory = undefined;
    this.#tell({ type: 'reload' });
  }

  /** Best first. Waits until everything is in the index. */
  async search(query: string, limit: number): Promise<Hit[]> {
    this.#usable();
    const places = await this.#index.find(query, limit);
    const hits = places.flatMap((place) => {
      const text = this.#textOf(place);
      return text === undefined ? [] : [{ place, text }];
    });
    const found = this.#index.stretches(
      query,
      hits.map(({ text }) => text),
    );
    return hits.map(({ place: { conversation, message }, text }, index) => ({
      conversation: this.#summary(conversation),
      message,
      ...excerptOf(text, found[index] ?? []),
    }));
  }

  /**
   * Adds conversations, all or none. One that is here already, by its id or by what it was imported from, is left
   * as it is. Times that have not come yet are now, and pins beyond the most that there are go.
   * @returns what was added, and how many conversations were here.
   */
  importAll(imported: readonly ImportedConversation[]): {
    conversations: number;
    messages: number;
    known: number;
  } {
    this.#usable();
    const fresh = imported.filter(({ id, source }) => !this.#has(id, source));
    const now = Date.now();
    const changes = this.#freeTimes(fresh.map(({ changed }) => Math.min(changed, now)));
    let room = mostPinned - this.#pinned();
    const added = this.#shelf.transaction(() =>
      fresh.map((conversation, index) => {
        const pinned = conversation.pinned && room > 0;
        if (pinned) room -= 1;
        return this.#insert({ ...conversation, pinned, changed: changes[index] ?? now }, now);
      }),
    );
    for (const { id, known } of added) this.#learn(id, known);
    this.#index.queue(this.#places(added.map(({ id }) => id)));
    if (added.length > 0) this.#tell({ type: 'reload' });
    return {
      conversations: added.length,
      messages: added.reduce((sum, { known }) => sum + known.messages, 0),
      known: imported.length - fresh.length,
    };
  }

  /**
   * A small record under a name; `undefined` where there is none. Neither name nor value is readable on disk.
   * @throws Failure `data-damaged` when it does not open.
   */
  readEntry(name: string): unknown {
    this.#usable();
    const entry = this.#shelf.entry(name);
    if (entry === 'damaged') throw StoreProblem.damagedRecord('A record of this profile');
    return entry?.value;
  }

  /** `value` is plain JSON; `undefined` removes the record. */
  writeEntry(name: string, value: unknown): void {
    this.#usable();
    this.#shelf.putEntry(name, value);
  }

  /** Several at once: all are written, or none. */
  writeEntries(entries: Readonly<Record<string, unknown>>): void {
    this.#usable();
    this.#shelf.transaction(() => {
      for (const [name, value] of Object.entries(entries)) this.#shelf.putEntry(name, value);
    });
  }

  /** Calls `listener` after each change of the history; returns how to stop. */
  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every later call is refused. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#index.close();
    this.#memory?.close();
    this.#shelf.close();
    this.#known.clear();
    this.#listeners.clear();
  }

  #usable(): void {
    if (!this.#open) throw StoreProblem.closed();
  }

  #find(conversation: string): Known {
    this.#usable();
    const known = this.#known.get(conversation);
    if (!known) throw notFound('This conversation');
    return known;
  }

  #message({ shelf }: Known, conversation: string, id: string): ShelvedMessage {
    const message = shelf.message(conversation, id);
    if (!message) throw notFound('This message');
    return message;
  }

  #summary(id: string): Summary {
    const { shelf, record, messages } = this.#find(id);
    const { title, pinned, created, changed, added } = record;
    const stored = this.#persistent && shelf === this.#shelf;
    return {
      id,
      title,
      pinned,
      created,
      changed,
      messages,
      stored,
      ...(added === undefined ? {} : { added }),
    };
  }

  #learn(id: string, known: Known): void {
    this.#known.set(id, known);
    const { changed } = known.record;
    if (changed <= Date.now() + mostAhead) this.#latest = Math.max(this.#latest, changed);
    if (known.record.source !== undefined) this.#sources.set(known.record.source, id);
  }

  #has(id: string | null, source: string | null): boolean {
    return (id !== null && this.#known.has(id)) || (source !== null && this.#sources.has(source));
  }

  /** @param from the position from which on messages go. */
  #add(conversation: string, record: MessageRecord, title: string, from = Infinity): string {
    const known = this.#find(conversation);
    const { shelf } = known;
    const removed =
      from === Infinity ? [] : shelf.messages(conversation).filter(({ position }) => position >= from);
    if (known.messages - removed.length >= mostMessages) {
      throw new Failure('usage', 'This conversation is full. Nothing was sent.', {
        next: 'Begin a new one.',
      });
    }
    const id = randomUUID();
    const titled = title !== known.record.title;
    this.#write(conversation, { ...known.record, title, changed: record.time }, () => {
      if (removed.length > 0) shelf.removeMessagesFrom(conversation, from);
      shelf.putMessage(conversation, id, shelf.nextPosition(conversation), record);
    });
    known.messages += 1 - removed.length;
    for (const gone of removed) this.#index.remove({ conversation, message: gone.id });
    this.#index.put({ conversation, message: id }, record.text);
    if (titled) this.#index.put({ conversation, message: null }, title);
    if (removed.length > 0) shelf.purge();
    this.#changed(conversation);
    return id;
  }

  /** Writes a conversation's record together with what else changed. A write that fails changes nothing here either. */
  #write(conversation: string, record: ConversationRecord, also?: () => void): void {
    const known = this.#find(conversation);
    known.shelf.transaction(() => {
      also?.();
      known.shelf.putConversation(conversation, record);
    });
    known.record = record;
  }

  /** The same times or, where one is another conversation's, later ones: pages of the list go by them. */
  #freeTimes(wanted: readonly number[]): number[] {
    const taken = new Set([...this.#known.values()].map(({ record }) => record.changed));
    const free = [...wanted];
    let last = -1;
    const inOrder = [...wanted.keys()].sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
    for (const index of inOrder) {
      last = Math.max(wanted[index] ?? 0, last + 1);
      while (taken.has(last)) last += 1;
      free[index] = last;
    }
    return free;
  }

  #pinned(): number {
    return [...this.#known.values()].filter(({ record }) => record.pinned).length;
  }

  #insert(
    { id: given, source, title, pinned, created, changed, items }: ImportedConversation,
    now: number,
  ): { id: string; known: Known } {
    const shelf = this.#shelf;
    const id = given ?? randomUUID();
    const record: ConversationRecord = {
      title: title === '' ? titleOf(items[0]?.text ?? '') : title,
      created: Math.min(created, now),
      changed,
      pinned,
      added: now,
      ...(source === null ? {} : { source }),
    };
    shelf.putConversation(id, record);
    items.forEach((item, position) => {
      const { id: itemId, ...message } = item;
      const messageId = itemId !== null && !shelf.hasMessage(itemId) ? itemId : randomUUID();
      shelf.putMessage(id, messageId, position, {
        ...recordOf(message),
        time: Math.min(message.time, now),
      });
      if (message.role === 'assistant' && message.record) shelf.putReceipt(messageId, message.record);
    });
    return { id, known: { shelf, record, messages: items.length } };
  }

  #removeMany(ids: readonly string[]): void {
    const stored = ids.filter((id) => this.#known.get(id)?.shelf === this.#shelf);
    this.#shelf.transaction(() => {
      for (const id of stored) this.#shelf.removeConversation(id);
    });
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known && known.shelf !== this.#shelf) known.shelf.removeConversation(id);
      if (known?.record.source !== undefined) this.#sources.delete(known.record.source);
      this.#known.delete(id);
    }
    this.#index.removeConversations(ids);
    if (stored.length > 0) this.#shelf.purge();
  }

  *#places(ids: readonly string[]): Generator<Place> {
    for (const conversation of ids) {
      const known = this.#known.get(conversation);
      if (!known) continue;
      yield { conversation, message: null };
      for (const message of known.shelf.messageIds(conversation)) yield { conversation, message };
    }
  }

  #textOf({ conversation, message }: Place): string | undefined {
    const known = this.#known.get(conversation);
    if (!known) return undefined;
    return message === null ? known.record.title : known.shelf.message(conversation, message)?.record?.text;
  }

  /** Later than every change before, so that the list's order is the order of changes. */
  #now(): number {
    this.#latest = Math.max(Date.now(), this.#latest + 1);
    return this.#latest;
  }

  #changed(id: string): Summary {
    const summary = this.#summary(id);
    this.#tell({ type: 'changed', summary });
    return summary;
  }

  #tell(change: StoreChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function memoryShelf(): Shelf {
  return new Shelf(openStoreInMemory(), ':memory:');
}

function messageOf(shelf: Shelf, id: string, record: MessageRecord): Message {
  if (record.role === 'user') return { ...record, id };
  const receipt = shelf.receipt(id);
  return { ...record, id, record: receipt === undefined || receipt === 'damaged' ? null : receipt };
}

function recordOf(message: Omit<Question, 'id'> | Omit<Answer, 'id'>): MessageRecord {
  if (message.role === 'user') return message;
  const { record: _, ...answer } = message;
  return answer;
}

/** What can be told of a conversation whose own record is damaged, from its messages. */
function recovered(messages: readonly ShelvedMessage[]): ConversationRecord {
  const readable = messages.flatMap(({ record }) => record ?? []);
  return {
    title: titleOf(readable.find(({ role }) => role === 'user')?.text ?? ''),
    created: readable[0]?.time ?? 0,
    changed: readable.at(-1)?.time ?? 0,
    pinned: false,
  };
}

function notFound(what: string): Failure {
  return new Failure('usage', `${what} is not here any more.`, { reason: 'not-found' });
}
