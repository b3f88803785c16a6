import type { ServiceImplementation } from '../../app/contract/method.ts';
import type { Server, servers } from '../../app/contract/servers.ts';
import { Failure } from '../../app/failure/failure.ts';
import { parseServerAddress } from '../egress/address.ts';
import type { AnswerQueue } from './answer-queue.ts';
import type { AppContext } from './app-context.ts';
import { mustConfirm } from './confirm.ts';
import { confirmWords } from './confirm-words.ts';
import { readOffer } from './offer.ts';
import { packPlaces } from './pack-places.ts';
import type { ServerList } from './server-list.ts';
import { watch } from './watch.ts';

/** Answers `servers`. */
export function createServersService(
  context: Pick<AppContext, 'profile' | 'store' | 'host' | 'settings' | 'signal'>,
  list: ServerList,
  queue: AnswerQueue,
): ServiceImplementation<typeof servers> {
  const words = () => confirmWords(context.settings.current().appearance.language);
  const ending = (signal: AbortSignal) => AbortSignal.any([signal, context.signal]);
  /** Nobody can read the list while the vault is closed; it is told again when it is opened. */
  const now = async (): Promise<Server[]> => (context.store.current() ? await list.list() : []);

  /** What the addresses showed that the user has confirmed since the start, by the spelling of the list. */
  const shown = new Map<string, string | null>();

  return {
    list: async () => ({ servers: await list.list() }),
    async probe({ address }, asked) {
      const signal = ending(asked);
      const { url } = parseServerAddress(address, { allowInsecureLoopback: true });
      // A name alone tells whoever resolves it, and an address whoever is there.
      if (!shown.has(url)) await mustConfirm(context.host, words().contact(url), signal);
      const identity = await list.look(url, signal);
      shown.set(url, identity);
      return { address: url, identity };
    },
    async add(server, asked) {
      const signal = ending(asked);
      const { address, identity } = server;
      const { url } = parseServerAddress(address, { allowInsecureLoopback: true });
      if (!shown.has(url) || shown.get(url) !== identity) {
        throw new Failure(
          'usage',
          'A server is added with the certificate that it has shown. Nothing was changed.',
          {
            next: 'Look at the server first, and compare its certificate.',
          },
        );
      }
      const pinned = await list.pinnedIdentity(address);
      // A certificate that was pinned before, by the command line perhaps, is replaced by the user alone.
      if (pinned !== null && identity !== null && pinned !== identity) {
        await mustConfirm(context.host, words().acceptCertificate(server.name, pinned, identity), signal);
      }
      return await list.add(server, signal);
    },
    rename: ({ id, name }) => list.rename(id, name),
    async setToken({ id, token }, asked) {
      const { name, address } = await list.find(id);
      // A token is up to 4096 characters in clear: the page could write anything into it.
      if (token !== null) await mustConfirm(context.host, words().sendToken(name, address), ending(asked));
      return await list.setToken(id, token);
    },
    async test({ id }, asked) {
      const signal = ending(asked);
      const packRoot = packPlaces(context.profile).defaultPack;
      // The bundled server is started anew for a pack that it does not have: not under an answer.
      const turn = id === null ? await queue.turn(signal) : undefined;
      try {
        const reached = await list.reach(id, { packRoot, signal });
        try {
          return await readOffer(reached.connection, signal);
        } finally {
          await reached.close();
        }
      } finally {
        turn?.done();
      }
    },
    async certificate({ id }, asked) {
      const { identity } = await list.find(id);
      return { pinned: identity, shown: await list.shownIdentity(id, ending(asked)) };
    },
    async acceptCertificate({ id, identity }, asked) {
      const signal = ending(asked);
      const server = await list.find(id);
      if (server.identity === null) {
        throw new Failure('usage', 'A server on this machine without TLS has no certificate.');
      }
      await mustConfirm(
        context.host,
        words().acceptCertificate(server.name, server.identity, identity),
        signal,
      );
      return await list.repin(id, identity, signal);
    },
    async remove({ id, force }, asked) {
      const { address } = await list.find(id);
      const { keysDeleted, keysPending } = await list.remove(id, force, ending(asked));
      // With its pin: whoever adds it again is asked again.
      shown.delete(address);
      return { keysDeleted, keysPending };
    },
    async *watch(_, asked) {
      const changes = watch<null>((tell) => {
        tell(null);
        const stops = [list.onChange(() => tell(null)), context.store.onChange(() => tell(null))];
        return () => stops.forEach((stop) => stop());
      }, ending(asked));
      for await (const _change of changes) yield { servers: await now() };
      return {};
    },
  };
}
