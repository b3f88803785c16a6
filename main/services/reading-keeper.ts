/**
 * What answers have read, in memory, so that the next question of a conversation does not send all of it again. Keys and
 * values tell what was written; they go with the conversation, with the vault, after a while, and when there are too many.
 */
import type { Reading } from '../inference/engine.ts';
import type { Pack } from '../packs/pack.ts';
import type { AppContext } from './app-context.ts';
import type { KnownServer } from './server-directory.ts';
import { watchStore } from './store-changes.ts';

/** What a reading was computed with; another one begins anew. */
export interface ReadingOrigin {
  /** The pack's id. */
  readonly pack: string;
  /** A server's address and pinned identity; `null` is the bundled one, which has another address each time. */
  readonly server: string | null;
}

export function originOf(pack: Pack, { id, address, identity }: KnownServer): ReadingOrigin {
  return { pack: pack.id, server: id === null ? null : `${address} ${identity ?? 'without TLS'}` };
}

export interface ReadingKeeper {
  /** The latest reading of a conversation, if it has this origin. */
  find(conversation: string | null, origin: ReadingOrigin): Reading | undefined;
  /** Takes the place of the conversation's reading before. Nothing is kept of a conversation that is gone. */
  keep(conversation: string, origin: ReadingOrigin, reading: Reading): void;
  clear(): void;
  close(): void;
}

export interface ReadingLimits {
  /** Milliseconds without a question. */
  readonly idleMs: number;
  /** Of all readings. */
  readonly bytes: number;
}

/** Milliseconds that something read stays in memory without a question. */
export const readMs = 30 * 60_000;

const defaultLimits: ReadingLimits = { idleMs: readMs, bytes: 256 * 2 ** 20 };

interface Kept {
  readonly origin: ReadingOrigin;
  readonly reading: Reading;
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
}

export function createReadingKeeper(
  { store }: Pick<AppContext, 'store'>,
  limits: ReadingLimits = defaultLimits,
): ReadingKeeper {
  /** The least recently used first. */
  const kept = new Map<string, Kept>();
  const isThere = (conversation: string) => store.current()?.summary(conversation) !== undefined;

  const forget = (conversation: string) => {
    clearTimeout(kept.get(conversation)?.timer);
    kept.delete(conversation);
  };
  const clear = () => {
    for (const conversation of [...kept.keys()]) forget(conversation);
  };
  const put = (conversation: string, entry: Omit<Kept, 'timer'>) => {
    forget(conversation);
    const timer = setTimeout(() => forget(conversation), limits.idleMs).unref();
    kept.set(conversation, { ...entry, timer });
  };
  const makeRoom = () => {
    let bytes = [...kept.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [oldest, entry] of [...kept]) {
      if (bytes <= limits.bytes) return;
      bytes -= entry.bytes;
      forget(oldest);
    }
  };

  const stop = watchStore(store, (change) => {
    if (change.type === 'removed') forget(change.id);
    if (change.type !== 'reload') return;
    // Also when the store was closed, which goes with the keys.
    for (const conversation of [...kept.keys()]) if (!isThere(conversation)) forget(conversation);
  });

  return {
    find(conversation, { pack, server }) {
      if (conversation === null) return undefined;
      const entry = kept.get(conversation);
      if (entry?.origin.pack !== pack || entry.origin.server !== server) return undefined;
      put(conversation, entry);
      return entry.reading;
    },
    keep(conversation, origin, reading) {
      forget(conversation);
      const bytes = reading.cache.bytes();
      if (bytes > limits.bytes || !isThere(conversation)) return;
      put(conversation, { origin, reading, bytes });
      makeRoom();
    },
    clear,
    close() {
      stop();
      clear();
    },
  };
}
