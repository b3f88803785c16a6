import { basename } from 'node:path';
import type { ItemOf, ServiceImplementation } from '../../app/contract/method.ts';
import type { PackFacts, packs } from '../../app/contract/packs.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { ServerPack } from '../egress/offer.ts';
import { installFromFolder, installFromServer } from '../packs/install.ts';
import { findPack, listPacks } from '../packs/list.ts';
import type { ListedPack, PackPlaces } from '../packs/list.ts';
import { packName } from '../packs/manifest.ts';
import { readPack } from '../packs/pack.ts';
import { removeRemains } from '../packs/remains.ts';
import { removePack } from '../packs/remove.ts';
import { hasServerBundle } from '../packs/server-bundle.ts';
import { verifyPack } from '../packs/verify.ts';
import type { AppContext } from './app-context.ts';
import { feed } from './feed.ts';
import { packPlaces } from './pack-places.ts';
import type { ServerDirectory } from './server-directory.ts';

type Transfer = ItemOf<typeof packs.verify>;

/** Milliseconds between two items of a transfer: a screen shows no more. */
const tellEveryMs = 50;

/** Answers `packs`. */
export function createPacksService(
  context: Pick<AppContext, 'profile' | 'host' | 'signal'>,
  servers: ServerDirectory,
): ServiceImplementation<typeof packs> {
  const places = packPlaces(context.profile);
  /** Names that are being installed: two at once would write into one file. */
  const installing = new Set<string>();
  void removeRemains(places.packsDir);

  const once = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (installing.has(name)) {
      throw new Failure('usage', `${name} is being installed already.`, { next: 'Wait for it, or stop it.' });
    }
    installing.add(name);
    try {
      return await work();
    } catch (error) {
      throw notInstalled(error);
    } finally {
      installing.delete(name);
    }
  };
  const stoppable = (asked: AbortSignal) => cancelling(AbortSignal.any([asked, context.signal]));

  /** What a server has; its connection stays open for the work. */
  const withOffer = async <T>(
    server: string,
    signal: AbortSignal,
    work: (offered: readonly ServerPack[], fetch: FetchBundle) => Promise<T>,
  ): Promise<T> => {
    const reached = await servers.reach(server, { packRoot: places.defaultPack, signal });
    const { connection } = reached;
    try {
      return await work(await connection.packs(signal), connection.fetchBundle.bind(connection));
    } finally {
      await reached.close();
    }
  };

  return {
    async list() {
      return { packs: await Promise.all((await listPacks(places)).map(describe)) };
    },
    async offers({ server }, asked) {
      const here = (await listPacks(places)).filter((pack) => 'name' in pack);
      if (server === null) {
        // The bundled server serves what this machine has both halves of; it need not run to say so.
        const served = await Promise.all(
          here.map(async (pack) => (await hasServerBundle(pack.path)) && pack),
        );
        return {
          packs: served.flatMap((pack) =>
            pack ? [{ name: pack.name, bytes: pack.bytes, installed: true }] : [],
          ),
        };
      }
      const names = new Set(here.map(({ name }) => name));
      return await withOffer(server, stoppable(asked), async (offered) => ({
        packs: offered.slice(0, 1000).flatMap(({ name, files }) =>
          packName.test(name)
            ? [
                {
                  name,
                  bytes: files.reduce((sum, file) => sum + file.bytes, 0),
                  installed: names.has(name),
                },
              ]
            : [],
        ),
      }));
    },
    installFromServer: ({ server, name }, asked) =>
      withProgress((tell) =>
        once(name, async () => {
          const signal = stoppable(asked);
          if (server === null) {
            throw new Failure('usage', `${name} is on this machine already.`, {
              next: 'Choose another server to install from.',
            });
          }
          return await withOffer(server, signal, async (offered, fetch) => {
            const wanted = offered.find((pack) => pack.name === name);
            if (!wanted) throw notOffered(name, offered);
            const pack = await installFromServer(
              {
                name,
                id: hex(wanted.id),
                files: wanted.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256: hex(sha256) })),
                fetch: (path, offset, stop) => fetch(wanted.id, path, offset, stop),
              },
              places.packsDir,
              { signal, onProgress: tell },
            );
            return { name: pack.name, bytes: pack.bytes };
          });
        }),
      ),
    installFromFolder: (_, asked) =>
      withProgress(async (tell) => {
        const signal = stoppable(asked);
        const { path } = await context.host.chooseFolder({}, signal);
        if (path === null) return { name: null, bytes: 0 };
        // The folder's pack has its name inside: one folder at a time is enough.
        return await once('', async () => {
          const pack = await installFromFolder(path, places.packsDir, signal, tell);
          return { name: pack.name, bytes: pack.bytes };
        });
      }),
    verify: ({ name }, asked) =>
      withProgress(async (tell) => {
        const { files, bytes } = await verifyPack(await findPack(places, name), stoppable(asked), tell);
        return { files, bytes };
      }),
    async remove({ name }) {
      if (await isDefault(places, name)) {
        throw new Failure('refused', `${name} comes with Sotto and cannot be removed.`);
      }
      await removePack(places.packsDir, name);
      return {};
    },
  };
}

type FetchBundle = (
  pack: Uint8Array,
  path: string,
  offset: number,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

/** The first, the last, and not many between. */
async function* withProgress<T>(
  work: (tell: (done: number, total: number) => void) => Promise<T>,
): AsyncGenerator<Transfer, T> {
  let told = -Infinity;
  return yield* feed<Transfer, T>((emit) =>
    work((done, total) => {
      const now = performance.now();
      if (done !== total && now - told < tellEveryMs) return;
      told = now;
      emit({ done, total });
    }),
  );
}

async function describe(listed: ListedPack): Promise<PackFacts> {
  if ('problem' in listed) {
    const { path, problem } = listed;
    return {
      name: basename(path).slice(0, 200),
      bytes: 0,
      default: listed.default,
      problem: problem.slice(0, 2000),
      facts: null,
    };
  }
  const { model, matrices, hasLocalWeights } = await readPack(listed.path);
  const { architecture, layers, hidden, context, vocabulary } = model;
  return {
    name: listed.name,
    bytes: listed.bytes,
    default: listed.default,
    problem: null,
    facts: {
      architecture,
      layers,
      hidden,
      context,
      vocabulary,
      matrices: matrices.length,
      local: hasLocalWeights,
    },
  };
}

/** By the name inside, or by its folder's when it cannot be opened. An installed pack of that name is another one. */
async function isDefault(places: PackPlaces, name: string): Promise<boolean> {
  const listed = await listPacks(places);
  const nameOf = (pack: ListedPack) => ('name' in pack ? pack.name : basename(pack.path));
  const installed = listed.some((pack) => !pack.default && basename(pack.path) === name);
  return !installed && listed.some((pack) => pack.default && nameOf(pack) === name);
}

/** A signal whose reason is a Failure, as the functions of main/packs throw it. */
function cancelling(signal: AbortSignal): AbortSignal {
  const stop = new AbortController();
  const abort = () => stop.abort(new Failure('cancelled', 'Stopped. What was fetched is kept.'));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return stop.signal;
}

/** What an answer would call damaged files or a lost server is here a pack that is not installed. */
function notInstalled(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const reason =
    error.reason === 'pack-damaged'
      ? 'pack-refused'
      : error.reason === 'server-lost'
        ? 'transfer-lost'
        : undefined;
  if (reason === undefined) return error;
  const { code, message, next, facts } = error;
  return new Failure(code, message, { ...(next === undefined ? {} : { next }), facts, reason, cause: error });
}

function notOffered(name: string, offered: readonly ServerPack[]): Failure {
  return new Failure('pack', `The server has no pack named ${name}.`, {
    next: `It has: ${offered.map((pack) => pack.name).join(', ') || 'none'}.`,
    reason: 'server-lacks-pack',
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
