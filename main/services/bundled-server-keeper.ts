/**
 * The bundled server of this process: started when it is first needed, kept until the process ends, started again
 * when it died. It serves every pack that was asked for so far, and is started anew for a pack that took another's place.
 */
import { existsSync } from 'node:fs';
import { Failure } from '../../app/failure/failure.ts';
import { orCancelled } from '../egress/cancellation.ts';
import { connect } from '../egress/connect.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { Ledger } from '../egress/ledger.ts';
import { memoryPinStore } from '../egress/pins.ts';
import { serverBundleId } from '../packs/server-bundle.ts';
import { startBundledServer } from './bundled-server.ts';
import type { BundledServer, BundledServerOptions } from './bundled-server.ts';

export interface BundledServerKeeper {
  /**
   * A connection of the caller's own, which it closes.
   * @throws Failure `server` (reason `server-lacks-pack` where this machine has no server half of the pack), `cancelled`
   */
  connect(packRoot: string, signal: AbortSignal): Promise<ServerConnection>;
  /** The same, if the server runs now; it is not started for it. */
  connectIfRunning(signal: AbortSignal): Promise<ServerConnection | undefined>;
  /** Where it listens and what it shows; nothing while it does not run. */
  running(): Pick<BundledServer, 'address' | 'identity'> | undefined;
  close(): Promise<void>;
}

export interface KeeperParts {
  /** Where it keeps its certificate and evaluation keys; a temporary folder without it. */
  readonly dataDir?: string;
  readonly ledger: Ledger;
  /** The process is ending. */
  readonly signal: AbortSignal;
  /** For tests. */
  readonly start?: (options: BundledServerOptions) => Promise<BundledServer>;
}

interface Run {
  /** The ids of its packs by their folders. */
  readonly packs: ReadonlyMap<string, string>;
  readonly started: Promise<BundledServer>;
  server?: BundledServer;
}

export function createBundledServerKeeper(parts: KeeperParts): BundledServerKeeper {
  const { ledger, signal, start = startBundledServer } = parts;
  let current: Run | undefined;
  let closed = false;

  const end = async (run: Run): Promise<void> => {
    if (current === run) current = undefined;
    const server = await run.started.catch(() => undefined);
    await server?.stop();
  };

  const begin = (packs: Run['packs'], before: Promise<void>): Run => {
    const started = before.then(() =>
      start({
        packs: [...packs.keys()],
        ...(parts.dataDir === undefined ? {} : { dataDir: parts.dataDir }),
        // Not under the caller's signal: who is stopped leaves the server to the next one.
        signal,
      }),
    );
    const run: Run = { packs, started };
    current = run;
    started.then(
      (server) => {
        run.server = server;
        void server.exited.then(() => {
          if (current === run) void end(run);
        });
      },
      () => {
        if (current === run) current = undefined;
      },
    );
    return run;
  };

  const serving = (packRoot: string, id: string): Run => {
    if (closed) throw new Failure('cancelled', 'Sotto is ending.');
    if (current?.packs.get(packRoot) === id) return current;
    const others = [...(current?.packs ?? [])].filter(([path]) => path !== packRoot && existsSync(path));
    const before = current ? end(current) : Promise.resolve();
    return begin(new Map([...others, [packRoot, id]]), before);
  };

  const connectTo = ({ address, identity }: BundledServer, asked: AbortSignal) => {
    if (identity === undefined) throw new Failure('server', 'The bundled server has no certificate.');
    // It told its certificate on its own standard output, so there is no first use to trust.
    return connect({ address, pins: memoryPinStore(), identity, ledger, signal: asked });
  };

  return {
    async connect(packRoot, asked) {
      const id = await serverBundleId(packRoot);
      if (id === undefined) throw noServerHalf();
      const run = serving(packRoot, id);
      const server = await orCancelled(run.started, asked);
      return await connectTo(server, asked);
    },
    async connectIfRunning(asked) {
      const server = current?.server;
      return server && (await connectTo(server, asked));
    },
    running: () => current?.server,
    async close() {
      closed = true;
      if (current) await end(current);
    },
  };
}

function noServerHalf(): Failure {
  return new Failure(
    'server',
    'This machine does not have the part of the pack that a server needs. Nothing was sent.',
    {
      next: 'Choose the server that offers this pack, or another pack.',
      reason: 'server-lacks-pack',
    },
  );
}
