/**
 * What the services share, on a profile of its own: a real vault (keychain in memory), a real store, and a host whose
 * answers a test sets.
 *
 *     const context = await openProfileContext();       // vault absent, store closed
 *     await context.vault.create({ storage: 'keychain', replace: false });
 *     context.answers.confirm = false;                   // what the user says outside the page
 *     await context.end();
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../egress/ledger.ts';
import { MemoryKeychain } from '../vault/keychain/memory-keychain.ts';
import type { AppContext } from './app-context.ts';
import { createBundledServerKeeper } from './bundled-server-keeper.ts';
import type { BundledServerKeeper } from './bundled-server-keeper.ts';
import { openProfile } from './profile.ts';
import { createServerList } from './server-list.ts';
import type { ServerList } from './server-list.ts';
import { createSettingsKeeper } from './settings-keeper.ts';
import { createStoreKeeper } from './store-keeper.ts';
import { createVaultKeeper } from './vault-keeper.ts';

export interface ProfileContext extends AppContext {
  readonly keychain: MemoryKeychain;
  readonly answers: { confirm: boolean; folder: string | null };
  /** What the user was asked, in order. */
  readonly asked: string[];
  readonly bundled: BundledServerKeeper;
  readonly servers: ServerList;
  end(): Promise<void>;
}

export async function openProfileContext(): Promise<ProfileContext> {
  const home = mkdtempSync(join(tmpdir(), 'sotto-services-'));
  const profile = openProfile('default', home);
  const keychain = new MemoryKeychain();
  const ending = new AbortController();
  const { signal } = ending;
  const answers: ProfileContext['answers'] = { confirm: true, folder: null };
  const asked: string[] = [];
  const host: AppContext['host'] = {
    async confirm({ question, detail }) {
      asked.push(`${question}\n${detail}`);
      return { confirmed: answers.confirm };
    },
    chooseFolder: async () => ({ path: answers.folder }),
    applySettings: async () => ({ shortcutTaken: false }),
    notify: async () => ({}),
    keychain: async () => ({ answer: null }),
  };
  const ledger = new Ledger();
  const vault = await createVaultKeeper({ profile, keychain, signal });
  const store = createStoreKeeper({ profile, vault });
  const settings = createSettingsKeeper(store);
  const context: AppContext = { profile, host, vault, store, settings, ledger, signal };
  const bundled = createBundledServerKeeper({ dataDir: profile.bundledServerDir, ledger, signal });
  return {
    ...context,
    keychain,
    answers,
    asked,
    bundled,
    servers: createServerList(context, bundled),
    async end() {
      ending.abort();
      await bundled.close();
      store.close();
      vault.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
