/** The conversations of the rail: a page at a time, kept current by the watch stream; and the search over them. */
import type { Client } from '../../app/contract/client.ts';
import type { pageContract } from '../../app/contract/contract.ts';
import type { Summary } from '../../app/contract/conversations.ts';
import { api } from '../bridge/api.ts';
import { watch } from '../bridge/watch.ts';
import { drafts } from '../composer/drafts.svelte.ts';
import type { Failure } from '../../app/failure/failure.ts';
import type { FailureReason } from '../../app/failure/reasons.ts';
import { failureFrom, failures } from './failures.svelte.ts';
import { route } from './route.svelte.ts';
import { session } from './session.svelte.ts';
import { merged, placed, without } from './summaries.ts';

type Api = Client<typeof pageContract>;
export type Hit = Awaited<ReturnType<Api['conversations']['search']>>['hits'][number];

const pageSize = 200;
const searchLimit = 100;

/** With one of these there is no history to show. */
const unreadable: ReadonlySet<FailureReason | undefined> = new Set<FailureReason>([
  'profile-in-use',
  'data-damaged',
  'data-foreign',
  'disk-full',
]);

class History {
  #items = $state.raw<readonly Summary[]>([]);
  #total = $state(0);
  #more = $state(false);
  #known = $state(false);
  #problem = $state.raw<Failure | null>(null);
  #query = $state('');
  #hits = $state.raw<readonly Hit[] | null>(null);
  #loading: Promise<void> | null = null;
  #asked = 0;
  /** Questions for the list that were asked, and the one whose answer the total is of. */
  #lists = 0;
  #counted = 0;

  /** Pinned ones first, then the latest changed. */
  get items(): readonly Summary[] {
    return this.#items;
  }

  /** Of all, also those that were not loaded yet. */
  get total(): number {
    return this.#total;
  }

  get more(): boolean {
    return this.#more;
  }

  /** The first page is here. */
  get known(): boolean {
    return this.#known;
  }

  /** Why what is stored cannot be opened. */
  get problem(): Failure | null {
    return this.#problem;
  }

  get query(): string {
    return this.#query;
  }

  /** `null` while nothing is searched. */
  get hits(): readonly Hit[] | null {
    return this.#hits;
  }

  /** Begins when the vault is open, and forgets everything when it is closed. */
  start(): void {
    $effect.root(() => {
      $effect(() => {
        if (!session.open) return;
        void this.reload();
        const stop = watch(api.conversations.watch, (change) => {
          if (change.type === 'reload') void this.reload();
          else if (change.type === 'removed') this.#removed(change.id);
          else this.#changed(change.summary);
        });
        return () => {
          stop();
          this.#items = [];
          this.#total = 0;
          this.#more = false;
          this.#known = false;
          this.#problem = null;
          this.#query = '';
          this.#hits = null;
          // Answers that are still on their way are of before.
          this.#asked += 1;
          this.#counted = this.#lists;
        };
      });
      // The stream of changes may have missed some, while there was none.
      $effect(() => {
        if (session.restarts > 0) void this.reload();
      });
      let lost = false;
      $effect(() => {
        const { connection } = session;
        if (connection === 'open' && lost) void this.reload();
        lost = connection === 'lost';
      });
    });
  }

  async reload(): Promise<void> {
    try {
      const { conversations, more } = await this.#list(null, pageSize);
      this.#items = merged([], conversations);
      this.#more = more;
      this.#known = true;
      this.#problem = null;
    } catch (error) {
      const failure = failureFrom(error);
      if (unreadable.has(failure.reason)) this.#problem = failure;
      else if (session.open && session.connection === 'open') {
        failures.show(failure, { retry: () => void this.reload() });
      }
    }
  }

  /** The next page, once however often it is asked for. */
  loadMore(): Promise<void> {
    this.#loading ??= this.#loadMore().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #loadMore(): Promise<void> {
    const last = this.#items.findLast((item) => !item.pinned);
    if (!this.#more || !last) return;
    try {
      const { conversations, more } = await this.#list(last.changed, pageSize);
      this.#items = merged(this.#items, conversations);
      this.#more = more;
    } catch (error) {
      failures.show(error);
    }
  }

  /** Searches titles and messages; an empty query ends the search. */
  async search(query: string): Promise<void> {
    this.#query = query;
    const asked = ++this.#asked;
    if (query.trim() === '') {
      this.#hits = null;
      return;
    }
    try {
      const { hits } = await api.conversations.search({ query: query.slice(0, 500), limit: searchLimit });
      if (asked === this.#asked) this.#hits = hits;
    } catch (error) {
      if (asked === this.#asked) failures.show(error, { retry: () => void this.search(query) });
    }
  }

  /** What was typed for one that has vanished meanwhile is dropped. */
  async rename(id: string, title: string): Promise<void> {
    await this.#done(async () => {
      try {
        this.#changed(await api.conversations.rename({ id, title }));
      } catch (error) {
        if (failureFrom(error).reason !== 'not-found') throw error;
      }
    });
  }

  async pin(id: string, pinned: boolean): Promise<void> {
    await this.#done(async () => this.#changed(await api.conversations.pin({ id, pinned })));
  }

  async remove(id: string): Promise<void> {
    await this.#done(async () => {
      await api.conversations.remove({ id });
      this.#removed(id);
    });
  }

  /** @param expected the number that the user was told. Resolves with how many were deleted, null when it failed. */
  async removeAll(expected: number): Promise<number | null> {
    let removed: number | null = null;
    await this.#done(async () => {
      ({ removed } = await api.conversations.removeAll({ expected }));
      if (route.conversation !== null) route.newConversation();
      drafts.forgetAll();
    });
    await this.reload();
    return removed;
  }

  /** The one that takes its place in the list when it goes: the next, or the one before the last. */
  besideOf(id: string): string | null {
    const at = this.#items.findIndex((item) => item.id === id);
    return at < 0 ? null : ((this.#items[at + 1] ?? this.#items[at - 1])?.id ?? null);
  }

  /** The title that the rail knows. */
  titleOf(id: string): string | null {
    return this.#items.find((item) => item.id === id)?.title ?? null;
  }

  async #done(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failures.show(error);
    }
  }

  /** A page of the list. The total is that of the newest question, however late another's answer comes. */
  async #list(before: number | null, limit: number) {
    const asked = ++this.#lists;
    const page = await api.conversations.list({ before, limit });
    if (asked > this.#counted) {
      this.#counted = asked;
      this.#total = page.total;
    }
    return page;
  }

  /** Of one that was not loaded, the host alone knows whether it was counted. */
  async #count(): Promise<void> {
    try {
      await this.#list(null, 1);
    } catch {
      // The total stays as it was until the list is read again.
    }
  }

  #changed(summary: Summary): void {
    const known = this.#items.some(({ id }) => id === summary.id);
    if (!known && this.#more) void this.#count();
    else if (!known) this.#total += 1;
    this.#items = placed(this.#items, summary, this.#more);
    this.#hits =
      this.#hits?.map((hit) =>
        hit.conversation.id === summary.id ? { ...hit, conversation: summary } : hit,
      ) ?? null;
  }

  #removed(id: string): void {
    const items = without(this.#items, id);
    if (items.length < this.#items.length) this.#total = Math.max(0, this.#total - 1);
    else if (this.#more) void this.#count();
    this.#items = items;
    this.#hits = this.#hits?.filter((hit) => hit.conversation.id !== id) ?? null;
    if (route.conversation === id) route.newConversation();
    drafts.forget(id);
  }
}

export const history = new History();
