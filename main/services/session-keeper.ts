/**
 * Connections and encrypted sessions that stay open between answers, so that the second question neither connects
 * nor sends keys. A connection serves all conversations; a session is of one conversation's key.
 *
 * Everything of a server goes when it fails, is changed or removed; a session goes with its key; everything goes when the
 * vault is closed.
 */
import { performance } from 'node:perf_hooks';
import { Failure } from '../../app/failure/failure.ts';
import { orCancelled } from '../egress/cancellation.ts';
import type { Pack } from '../packs/pack.ts';
import type { Vault } from '../vault/vault.ts';
import type { AppContext } from './app-context.ts';
import { openEncryptedSession } from './encrypted-session.ts';
import type { EncryptedSession } from './encrypted-session.ts';
import type { KeysProgress } from './key-uploads.ts';
import { createListeners } from './listeners.ts';
import type { ReachedServer } from './server-choice.ts';
import type { KnownServer, ServerDirectory } from './server-directory.ts';

export interface OpenSession {
  readonly session: EncryptedSession;
  /** Bytes of evaluation keys that were sent for it now. */
  readonly keyBytes: number;
  /** To be called when the answer is done. Safe to repeat. */
  release(): void;
}

export interface SessionRequest {
  readonly pack: Pack;
  readonly server: KnownServer;
  /** Whose key: the conversation's id. */
  readonly scope: string;
  readonly signal: AbortSignal;
  readonly onConnecting: () => void;
  readonly onKeys: KeysProgress;
}

/** What the bundled server has to serve. */
export type ServedPack = Pick<Pack, 'id' | 'root'>;

export interface SessionKeeper {
  /** @throws Failure as `ServerDirectory.reach` and `openEncryptedSession`; `refused` while the vault is not open. */
  open(request: SessionRequest): Promise<OpenSession>;
  /** Connects if that is still to be done. */
  reach(server: KnownServer, pack: ServedPack, signal: AbortSignal): Promise<ReachedServer>;
  /** After a failure, or a change of the server: what is open there is not used again. An answer under way goes on. */
  drop(server: string | null): Promise<void>;
  /**
   * To be called after keys were retired: no session keeps one in memory, and an answer under way with one ends. What
   * another process retired goes with the next answer.
   */
  closeRetired(): void;
  /** Sees how each connection goes. */
  onConnection(listener: (event: ConnectionEvent) => void): () => void;
  close(): Promise<void>;
}

export type ConnectionEvent =
  | { readonly type: 'connecting'; readonly server: KnownServer }
  | { readonly type: 'connected'; readonly server: KnownServer }
  | { readonly type: 'failed'; readonly server: KnownServer; readonly failure: Failure };

interface Link {
  readonly server: KnownServer;
  readonly pack: ServedPack;
  readonly reached: Promise<ReachedServer>;
  /** Once it is reached. */
  address?: string;
  readonly sessions: Map<string, Kept>;
  /** Answers under way. */
  users: number;
  /** Not to be used again: it is closed with its last user. */
  dropped: boolean;
  closed: boolean;
}

interface Kept {
  readonly session: EncryptedSession;
  /** Whose key it has. */
  readonly vault: Vault;
  lastUsed: number;
  /** The server may have dropped its keys for others since. */
  doubted: boolean;
}

/** Sessions of one server that stay open; the least recently used goes first. */
const mostSessions = 8;
/** Milliseconds after which the server is asked whether it still has the keys. */
const trustKeysMs = 60_000;

export function createSessionKeeper(
  context: Pick<AppContext, 'vault' | 'signal'>,
  servers: ServerDirectory,
): SessionKeeper {
  /** For the next answers, by server. */
  const links = new Map<string | null, Link>();
  /** With those that only answers under way use still. */
  const open = new Set<Link>();
  const listeners = createListeners<ConnectionEvent>();
  const { tell } = listeners;

  const dropLink = async (link: Link) => {
    if (links.get(link.server.id) === link) links.delete(link.server.id);
    link.dropped = true;
    if (link.users === 0) await closeLink(link);
  };
  const closeLink = async (link: Link) => {
    link.closed = true;
    open.delete(link);
    for (const { session } of link.sessions.values()) session.close();
    link.sessions.clear();
    const reached = await link.reached.catch(() => undefined);
    await reached?.close();
  };
  /** At once, whoever uses it: its keys must not outlive the vault. */
  const closeAll = () => {
    links.clear();
    return Promise.all([...open].map(closeLink));
  };
  const closeRetired = () => {
    const vault = context.vault.current();
    if (!vault) return;
    for (const { sessions } of open) {
      for (const [name, kept] of sessions) {
        if (kept.vault === vault && isActive(vault, kept.session.keyId)) continue;
        kept.session.close();
        sessions.delete(name);
      }
    }
  };
  const stopWatching = context.vault.onChange((state) => {
    if (state.state !== 'found') void closeAll();
    // Another root key may have taken the place of the one there was.
    else closeRetired();
  });

  const linkTo = (server: KnownServer, pack: ServedPack): Link => {
    const known = links.get(server.id);
    if (known && sameServer(known, server, pack)) return known;
    const before = known ? dropLink(known) : Promise.resolve();
    tell({ type: 'connecting', server });
    // Not under the caller's signal: who is stopped leaves the connection to the next one.
    const reached = before.then(() =>
      servers.reach(server.id, { packRoot: pack.root, signal: context.signal }),
    );
    const sessions = new Map<string, Kept>();
    const link: Link = { server, pack, reached, sessions, users: 0, dropped: false, closed: false };
    links.set(server.id, link);
    open.add(link);
    reached.then(
      ({ connection }) => {
        link.address = connection.address;
        tell({ type: 'connected', server });
      },
      (error: unknown) => {
        if (links.get(server.id) === link) links.delete(server.id);
        open.delete(link);
        if (error instanceof Failure) tell({ type: 'failed', server, failure: error });
      },
    );
    return link;
  };

  /** The server as it is now. @throws Failure `plan-changed` when it is not the one that the user saw. */
  const unchanged = async (seen: KnownServer): Promise<KnownServer> => {
    const now = await servers.describe(seen.id);
    if (now.id === null || (now.address === seen.address && now.identity === seen.identity)) return now;
    throw new Failure('refused', 'The server was changed since its plan was shown. Nothing was sent.', {
      next: 'Look at the plan again, and send.',
      reason: 'plan-changed',
    });
  };

  const nameOf = ({ pack, scope }: Pick<SessionRequest, 'pack' | 'scope'>) => `${pack.id} ${scope}`;

  const hold = (link: Link): (() => void) => {
    let held = true;
    link.users += 1;
    return () => {
      if (!held) return;
      held = false;
      link.users -= 1;
      if (link.dropped && link.users === 0) void closeLink(link);
    };
  };

  const sessionOn = async (link: Link, request: SessionRequest) => {
    const { pack, signal } = request;
    const reached = await orCancelled(link.reached, signal);
    const vault = context.vault.require();
    closeRetired();
    const kept = link.sessions.get(nameOf(request));
    const now = performance.now();
    if (kept) {
      // Also where another process made room with them.
      const isHeld = vault.renewUpload({ server: reached.name, keyId: kept.session.keyId });
      const asks = kept.doubted || !isHeld || now - kept.lastUsed > trustKeysMs;
      const keyBytes = asks ? await kept.session.refreshKeys(signal, request.onKeys) : 0;
      kept.lastUsed = now;
      kept.doubted = false;
      if (keyBytes > 0) doubtOthers(link, kept);
      return { session: kept.session, keyBytes };
    }
    const session = await openEncryptedSession({
      pack,
      vault,
      server: reached,
      scope: request.scope,
      signal,
      onKeysProgress: request.onKeys,
    });
    if (link.closed) {
      session.close();
      throw new Failure('cancelled', 'The connection was closed meanwhile.');
    }
    const made: Kept = { session, vault, lastUsed: now, doubted: false };
    link.sessions.set(nameOf(request), made);
    closeOldest(link.sessions);
    if (session.keyBytes > 0) doubtOthers(link, made);
    return { session, keyBytes: session.keyBytes };
  };

  return {
    async open(request) {
      const { pack } = request;
      const server = await unchanged(request.server);
      const before = links.get(server.id);
      const link = linkTo(server, pack);
      if (link !== before) request.onConnecting();
      const release = hold(link);
      try {
        return { ...(await sessionOn(link, request)), release };
      } catch (error) {
        release();
        throw error;
      }
    },
    reach: (server, pack, signal) => orCancelled(linkTo(server, pack).reached, signal),
    async drop(server) {
      const link = links.get(server);
      if (link) await dropLink(link);
    },
    closeRetired,
    onConnection: listeners.add,
    async close() {
      stopWatching();
      await closeAll();
    },
  };
}

function sameServer(link: Link, server: KnownServer, { id, root }: ServedPack): boolean {
  if (server.id === null) {
    // It serves the packs that it was started with, and has another address each time.
    const sameAddress = link.address === undefined || link.address === server.address;
    return link.pack.root === root && link.pack.id === id && sameAddress;
  }
  return link.server.address === server.address && link.server.identity === server.identity;
}

/** What cannot be known is taken for retired: it costs a key in memory, which is made again. */
function isActive(vault: Vault, keyId: Uint8Array): boolean {
  try {
    return vault.isActive(keyId);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
}

/** Keys were sent: others of the account may have made room for them. */
function doubtOthers({ sessions }: Link, sent: Kept): void {
  for (const kept of sessions.values()) if (kept !== sent) kept.doubted = true;
}

function closeOldest(sessions: Map<string, Kept>): void {
  if (sessions.size <= mostSessions) return;
  const [oldest] = [...sessions].sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
  if (!oldest) return;
  oldest[1].session.close();
  sessions.delete(oldest[0]);
}
