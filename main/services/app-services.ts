/** Every service of the contract, made from the modules of main. */
import type { Client } from '../../app/contract/client.ts';
import type { hostContract, Services } from '../../app/contract/contract.ts';
import { Ledger } from '../egress/ledger.ts';
import type { KeychainRunner } from '../vault/keychain/call.ts';
import { osKeychain } from '../vault/keychain/os-keychain.ts';
import type { AppContext } from './app-context.ts';
import { createAsking } from './asking.ts';
import { createBundledServerKeeper } from './bundled-server-keeper.ts';
import { createConversationsService } from './conversations-service.ts';
import { createKeysService } from './keys-service.ts';
import { packPlaces } from './pack-places.ts';
import { createPacksService } from './packs-service.ts';
import type { Profile } from './profile.ts';
import { createServerList } from './server-list.ts';
import { createServersService } from './servers-service.ts';
import { createSettingsKeeper } from './settings-keeper.ts';
import { createSettingsService } from './settings-service.ts';
import { createStoreKeeper } from './store-keeper.ts';
import { createSystemService } from './system-service.ts';
import { createVaultKeeper } from './vault-keeper.ts';

export interface AppServicesOptions {
  readonly version: string;
  readonly profile: Profile;
  readonly host: Client<typeof hostContract>['host'];
}

export interface AppServices {
  readonly services: Services;
  /** Ends what runs, keeps what there is of it, and closes vault, store and the bundled server. */
  close(): Promise<void>;
}

export async function createAppServices({
  version,
  profile,
  host,
}: AppServicesOptions): Promise<AppServices> {
  const ending = new AbortController();
  const { signal } = ending;
  const ledger = new Ledger();
  // A packaged services' process may not fork: its host does, also where it could.
  const run: KeychainRunner = async (request, limitMs) =>
    (await host.keychain({ request, limitMs }, signal)).answer;
  const keychain = osKeychain({ run });
  const vault = await createVaultKeeper({ profile, keychain, signal });
  const store = createStoreKeeper({ profile, vault });
  const settings = createSettingsKeeper(store);
  const context: AppContext = { profile, host, vault, store, settings, ledger, signal };

  const bundled = createBundledServerKeeper({ dataDir: profile.bundledServerDir, ledger, signal });
  const servers = createServerList(context, bundled);
  const asking = createAsking(context, { packs: packPlaces(profile), servers });
  // What is open at a server is of its entry before the change.
  servers.onChange((id) => void asking.sessions.drop(id));
  const packs = createPacksService(context, servers);

  return {
    services: {
      ...asking.services,
      conversations: createConversationsService(context),
      keys: createKeysService(context, servers, asking.sessions),
      packs: {
        ...packs,
        async remove(input, stop) {
          // A model in memory holds its files open, which Windows does not remove then.
          await asking.models.forget(input.name);
          return packs.remove(input, stop);
        },
      },
      servers: createServersService(context, servers, asking.queue),
      settings: createSettingsService(context),
      system: createSystemService(context, { version, keychain, servers, queue: asking.queue }),
    },
    async close() {
      // Answers first: they write what there is of them into the store.
      await asking.close();
      ending.abort();
      await bundled.close();
      store.close();
      vault.close();
    },
  };
}
