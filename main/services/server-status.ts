/** How the server is that new questions go to, for the title bar. */
import { performance } from 'node:perf_hooks';
import type { ItemOf } from '../../app/contract/method.ts';
import type { assistant } from '../../app/contract/assistant.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { AppContext } from './app-context.ts';
import type { ModelKeeper } from './model-keeper.ts';
import type { KnownServer, ServerDirectory } from './server-directory.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { watch } from './watch.ts';

export type ServerStatus = ItemOf<typeof assistant.status>;

export interface ServerStatusKeeper {
  /** The status now and after each change, until the signal is aborted. While somebody watches, named servers are looked at. */
  watch(signal: AbortSignal): AsyncGenerator<ServerStatus, void>;
  close(): void;
}

export interface ServerStatusParts {
  readonly context: Pick<AppContext, 'settings' | 'vault' | 'signal'>;
  readonly servers: ServerDirectory;
  readonly sessions: SessionKeeper;
  readonly models: ModelKeeper;
  /** Whether an answer is being made: the server is looked at by that already. */
  readonly isBusy: () => boolean;
  readonly everyMs?: number;
  /** Milliseconds that a look may take. */
  readonly limitMs?: number;
}

const defaultEveryMs = 30_000;
const defaultLimitMs = 10_000;

type Known = Pick<ServerStatus, 'state' | 'latency' | 'message'>;
const idle: Known = { state: 'idle', latency: null, message: null };

export function createServerStatus(parts: ServerStatusParts): ServerStatusKeeper {
  const { context, servers, sessions, models, isBusy } = parts;
  const { everyMs = defaultEveryMs, limitMs = defaultLimitMs } = parts;
  const known = new Map<string | null, Known>();
  const watchers = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  const set = (server: string | null, state: Known) => {
    known.set(server, state);
    for (const changed of watchers) changed();
  };
  const chosen = async (): Promise<KnownServer> => servers.describe(context.settings.current().server);

  /** A light call to a named server. What it costs the user is that the server learns that Sotto runs. */
  const look = async () => {
    const server = await chosen().catch(() => null);
    if (server === null || isBundled(server) || isBusy() || !context.vault.current()) return;
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
    const opened = await models.open(context.settings.current().pack, signal).catch(() => undefined);
    if (!opened) return;
    try {
      const { connection } = await sessions.reach(server, opened.pack, signal);
      const began = performance.now();
      await connection.info(signal);
      set(server.id, { state: 'ready', latency: performance.now() - began, message: null });
    } catch (error) {
      // With the keys every connection goes, and what is known.
      if (context.signal.aborted || !context.vault.current()) return;
      // What gave no answer is not used again: whoever asks next connects anew.
      void sessions.drop(server.id);
      if (error instanceof Failure) set(server.id, failed(error.code === 'cancelled' ? noAnswer() : error));
    }
  };
  const lookSoon = () => void look();

  const stopConnections = sessions.onConnection((event) => {
    switch (event.type) {
      case 'connecting':
        return set(event.server.id, { state: 'starting', latency: null, message: null });
      case 'connected':
        return set(event.server.id, { state: 'ready', latency: null, message: null });
      case 'failed':
        return set(event.server.id, failed(event.failure));
    }
  });
  let server = context.settings.current().server;
  const stopSettings = context.settings.onChange(() => {
    const now = context.settings.current().server;
    if (now === server) return;
    server = now;
    for (const changed of watchers) changed();
    if (watchers.size > 0) lookSoon();
  });
  const stopVault = context.vault.onChange(({ state }) => {
    if (state === 'found') {
      if (watchers.size > 0) lookSoon();
      return;
    }
    known.clear();
    for (const changed of watchers) changed();
  });

  return {
    async *watch(signal) {
      const stop = AbortSignal.any([signal, context.signal]);
      timer ??= setInterval(lookSoon, everyMs).unref();
      lookSoon();
      let last = '';
      try {
        for await (const status of watch<Promise<ServerStatus>>((tell) => {
          const changed = () => tell(statusNow());
          watchers.add(changed);
          changed();
          return () => watchers.delete(changed);
        }, stop)) {
          if (JSON.stringify(status) !== last) yield status;
          last = JSON.stringify(status);
        }
      } finally {
        if (watchers.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      }
    },
    close() {
      clearInterval(timer);
      stopConnections();
      stopSettings();
      stopVault();
    },
  };

  async function statusNow(): Promise<ServerStatus> {
    try {
      const server = await chosen();
      return { ...(known.get(server.id) ?? idle), server: { id: server.id, name: server.name } };
    } catch (error) {
      const message = error instanceof Failure ? error.message : null;
      const id = context.settings.current().server;
      return { state: 'unreachable', server: { id, name: '' }, latency: null, message };
    }
  }
}

function isBundled({ id }: KnownServer): boolean {
  return id === null;
}

function noAnswer(): Failure {
  return new Failure('server', 'The server did not answer in time.', {
    next: 'Check that it is running, and try again.',
    reason: 'server-unreachable',
  });
}

function failed(failure: Failure): Known {
  const message = failure.message.slice(0, 2000);
  if (failure.reason === 'certificate-changed')
    return { state: 'certificate-changed', latency: null, message };
  if (failure.reason === 'token-refused' || failure.code === 'refused')
    return { state: 'refused', latency: null, message };
  return { state: 'unreachable', latency: null, message };
}
