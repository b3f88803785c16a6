/**
 * The servers of the profile: the bundled one, and those that the user added. What is known of them lies encrypted in
 * the store, tokens wrapped once more; their certificates are in the profile's file of pins, which the command line
 * shares.
 */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { bundledServerName } from '../../app/contract/servers.ts';
import type { Server } from '../../app/contract/servers.ts';
import * as shapes from '../../app/contract/shapes.ts';
import type { Id } from '../../app/contract/shapes.ts';
import { Failure } from '../../app/failure/failure.ts';
import { parseServerAddress } from '../egress/address.ts';
import type { ServerAddress } from '../egress/address.ts';
import { connect } from '../egress/connect.ts';
import type { ServerConnection } from '../egress/connect.ts';
import { defaultLimits } from '../egress/limits.ts';
import { filePinStore, identityOf, memoryPinStore } from '../egress/pins.ts';
import type { Ledger } from '../egress/ledger.ts';
import type { PinStore } from '../egress/pins.ts';
import { probeCertificate, probePort } from '../egress/probe.ts';
import type { Store } from '../store/store.ts';
import type { AppContext } from './app-context.ts';
import type { BundledServerKeeper } from './bundled-server-keeper.ts';
import { createListeners } from './listeners.ts';
import { connectKnown } from './server-choice.ts';
import type { ReachedServer } from './server-choice.ts';
import type { ServerDirectory } from './server-directory.ts';

/** The name of its record in the store. */
const entryName = 'servers';
const mostServers = 1000;

const storedServer = v.strictObject({
  id: shapes.id,
  name: v.string(),
  /** `https://host:port`. */
  address: v.string(),
  /** As the user accepted it; stands in where the file of pins was lost. */
  identity: v.nullable(shapes.identity),
  /** Wrapped by the vault for this address, base64. */
  token: v.nullable(v.string()),
  added: v.number(),
  lastUsed: v.nullable(v.number()),
});
const storedList = v.strictObject({ format: v.literal(1), servers: v.array(storedServer) });
type StoredServer = v.InferOutput<typeof storedServer>;

export interface Removed {
  readonly keysDeleted: number;
  readonly keysPending: number;
}

export interface ServerList extends ServerDirectory {
  /** @throws Failure while the store is not open, or `data-damaged`. */
  list(): Promise<Server[]>;
  find(id: Id): Promise<Server>;
  /** The certificate that an address shows, whoever is there; `null` without TLS. Pins nothing. */
  look(address: string, signal: AbortSignal): Promise<string | null>;
  /** The certificate that is pinned for an address, whoever pinned it. */
  pinnedIdentity(address: string): Promise<string | null>;
  /** Connects with this certificate, then pins it and adds the entry. The caller has asked the user where one was pinned. */
  add(server: NewServer, signal: AbortSignal): Promise<Server>;
  rename(id: Id, name: string): Promise<Server>;
  setToken(id: Id, token: string | null): Promise<Server>;
  /** The certificate that it shows now; pins nothing. */
  shownIdentity(id: Id, signal: AbortSignal): Promise<string>;
  /** Pins what it shows now. @throws Failure `certificate-changed` when that is not `identity`. */
  repin(id: Id, identity: string, signal: AbortSignal): Promise<Server>;
  /** Deletes evaluation keys there, then pin, token and entry; `force` goes on without the server. */
  remove(id: Id, force: boolean, signal: AbortSignal): Promise<Removed>;
  /** For a server by the name under which the vault knows it. */
  reachForDeletion(
    name: string,
    signal: AbortSignal,
  ): Promise<Pick<ServerConnection, 'deleteKeys' | 'close'> | { readonly reason: string }>;
  /** After a change of an entry: its id. What is open there is of the entry before. */
  onChange(listener: (id: Id) => void): () => void;
}

export interface NewServer {
  readonly name: string;
  readonly address: string;
  readonly identity: string | null;
  readonly token: string | null;
}

export function createServerList(
  context: Pick<AppContext, 'profile' | 'store' | 'vault' | 'settings' | 'ledger' | 'signal'>,
  bundled: BundledServerKeeper,
): ServerList {
  const { ledger } = context;
  const pins = filePinStore(context.profile.pinsFile);
  const changes = createListeners<Id>();

  const read = (): StoredServer[] => readList(context.store.require());
  const write = (servers: readonly StoredServer[]) =>
    context.store.require().writeEntry(entryName, { format: 1, servers });
  const stored = (id: Id): StoredServer => {
    const server = read().find((entry) => entry.id === id);
    if (!server) throw notFound();
    return server;
  };
  /** Replaces an entry that may have been changed since it was read: only the given fields. */
  const change = async (id: Id, fields: Partial<StoredServer>): Promise<Server> => {
    stored(id);
    write(read().map((entry) => (entry.id === id ? { ...entry, ...fields } : entry)));
    changes.tell(id);
    return await shown(stored(id));
  };
  const pinOf = async (server: Pick<StoredServer, 'address' | 'identity'>): Promise<string | null> => {
    const pin = await pins.get(addressOf(server.address).peer);
    return pin ? identityOf(pin) : server.identity;
  };
  const shown = async (server: StoredServer): Promise<Server> => {
    const { id, name, address, token, added, lastUsed } = server;
    return { id, name, address, identity: await pinOf(server), hasToken: token !== null, added, lastUsed };
  };
  const tokenOf = (server: StoredServer): string | undefined =>
    server.token === null
      ? undefined
      : context.vault.require().unwrapToken(server.address, Buffer.from(server.token, 'base64'));
  const wrapped = (address: string, token: string | null): string | null =>
    token === null ? null : Buffer.from(context.vault.require().wrapToken(address, token)).toString('base64');

  const connectTo = async (server: StoredServer, signal: AbortSignal): Promise<ServerConnection> => {
    const identity = await pinOf(server);
    const token = tokenOf(server);
    const connection = await connect({
      address: server.address,
      pins,
      ledger,
      allowInsecureLoopback: true,
      ...(identity === null ? {} : { identity }),
      ...(token === undefined ? {} : { token }),
      signal,
    });
    try {
      // Not told as a change: nothing that is open there has to go.
      const used = Date.now();
      write(read().map((entry) => (entry.id === server.id ? { ...entry, lastUsed: used } : entry)));
    } catch (error) {
      // The keys were locked meanwhile: nothing is sent, and nobody else would close it.
      connection.close();
      throw error;
    }
    return connection;
  };

  const look = async (address: string, signal: AbortSignal): Promise<string | null> => {
    const parsed = addressOf(address);
    const limit = { connectMs: defaultLimits.connectMs, signal };
    if (parsed.encrypted) return identityOf(await probeCertificate(parsed, limit));
    await probePort(parsed, limit);
    return null;
  };

  return {
    async list() {
      return await Promise.all(read().map(shown));
    },
    find: async (id) => await shown(stored(id)),
    async describe(id) {
      if (id === null) {
        const running = bundled.running();
        return {
          id,
          name: bundledServerName,
          address: running?.address ?? null,
          identity: running?.identity ?? null,
        };
      }
      const { name, address, identity } = await shown(stored(id));
      return { id, name, address, identity };
    },
    async reach(id, { packRoot, signal }): Promise<ReachedServer> {
      const connection =
        id === null ? await bundled.connect(packRoot, signal) : await connectTo(stored(id), signal);
      return {
        connection,
        name: id === null ? bundledServerName : connection.address,
        bundled: id === null,
        // The bundled server itself runs on, for the next one.
        close: () => Promise.resolve(connection.close()),
      };
    },
    look,
    async pinnedIdentity(address) {
      const pin = await pins.get(addressOf(address).peer);
      return pin ? identityOf(pin) : null;
    },
    async add({ name, address, identity, token }, signal) {
      const { url, peer, encrypted } = addressOf(address);
      const before = read();
      if (before.length >= mostServers)
        throw new Failure('usage', `At most ${mostServers} servers can be added.`);
      if (before.some((entry) => entry.address === url)) {
        throw new Failure('usage', `${url} is in the list already. Nothing was changed.`, {
          next: 'Rename it there, or give it another token.',
        });
      }
      if (encrypted && identity === null) {
        throw new Failure('usage', 'A server is added with its certificate. Nothing was changed.', {
          next: 'Look at the server first, and compare its certificate.',
        });
      }
      await pinShown(pins, { url, peer }, { identity, token, ledger, signal });
      const server: StoredServer = {
        id: randomUUID(),
        name,
        address: url,
        identity,
        token: wrapped(url, token),
        added: Date.now(),
        lastUsed: null,
      };
      write([...read(), server]);
      changes.tell(server.id);
      return await shown(server);
    },
    rename: (id, name) => change(id, { name }),
    setToken: async (id, token) => await change(id, { token: wrapped(stored(id).address, token) }),
    async shownIdentity(id, signal) {
      const identity = await look(stored(id).address, signal);
      if (identity !== null) return identity;
      throw new Failure('usage', 'A server on this machine without TLS has no certificate.');
    },
    async repin(id, identity, signal) {
      const server = stored(id);
      const { url, peer } = addressOf(server.address);
      // Its token goes to the certificate that the user accepted, and to no other.
      const token = tokenOf(server) ?? null;
      await pinShown(pins, { url, peer }, { identity, token, ledger, signal });
      return await change(id, { identity });
    },
    async remove(id, force, signal) {
      const server = stored(id);
      const vault = context.vault.require();
      const held = vault.status().keys.filter((key) => key.servers.includes(server.address));
      let keysDeleted = 0;
      try {
        // Without keys there the server need not be asked.
        if (held.length > 0) {
          const connection = await connectTo(server, signal);
          try {
            for (const { keyId } of held) {
              const upload = { keyId: Buffer.from(keyId, 'hex'), server: server.address };
              await connection.deleteKeys(upload.keyId, signal);
              vault.recordDeletion(upload);
              keysDeleted += 1;
            }
          } finally {
            connection.close();
          }
        }
      } catch (error) {
        if (!force || !(error instanceof Failure) || error.code === 'cancelled') throw error;
        // Retired, so that the deletion is made up for should the server come back.
        for (const { keyId, retired } of held.slice(keysDeleted)) {
          if (retired === null) vault.dropKey(Buffer.from(keyId, 'hex'));
        }
      }
      // The entry goes last: what fails before can be tried again.
      await pins.remove(addressOf(server.address).peer);
      if (context.settings.current().server === id) context.settings.change({ server: null });
      write(read().filter((entry) => entry.id !== id));
      changes.tell(id);
      return { keysDeleted, keysPending: held.length - keysDeleted };
    },
    async reachForDeletion(name, signal) {
      if (name === bundledServerName) {
        return (
          (await bundled.connectIfRunning(signal)) ?? {
            reason: 'it is not running; this is done when it next runs',
          }
        );
      }
      const server = read().find((entry) => entry.address === name);
      if (server) return await connectTo(server, signal);
      // One that the command line was given.
      const known = await connectKnown({ address: name, pins, ledger, signal });
      return known ?? { reason: 'it is not in the list of servers' };
    },
    onChange: (listener) => changes.add(listener),
  };
}

/** Connects to a server that shows this certificate and proves to be one of Sotto's; then, and only then, pins it. */
async function pinShown(
  pins: PinStore,
  { url, peer }: Pick<ServerAddress, 'url' | 'peer'>,
  options: {
    readonly identity: string | null;
    readonly token: string | null;
    readonly ledger: Ledger;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { identity, token, signal } = options;
  const met = memoryPinStore();
  const connection = await connect({
    address: url,
    pins: met,
    ledger: options.ledger,
    allowInsecureLoopback: true,
    ...(identity === null ? {} : { identity }),
    ...(token === null ? {} : { token }),
    signal,
  });
  try {
    await connection.info(signal);
  } finally {
    connection.close();
  }
  const pin = await met.get(peer);
  if (pin) await pins.set(peer, pin);
}

function addressOf(text: string): ServerAddress {
  return parseServerAddress(text, { allowInsecureLoopback: true });
}

function readList(store: Store): StoredServer[] {
  const entry = store.readEntry(entryName);
  if (entry === undefined) return [];
  const parsed = v.safeParse(storedList, entry);
  if (parsed.success) return parsed.output.servers;
  throw new Failure('pack', 'The list of servers cannot be read. Nothing was changed.', {
    next: 'Update Sotto; the list may be of a newer version.',
    reason: 'data-damaged',
  });
}

function notFound(): Failure {
  return new Failure('usage', 'There is no such server in the list.', { reason: 'not-found' });
}
