/** The services of plan, assistant and detection on the real bundled server, with keys in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { assistant, Progress } from '../../app/contract/assistant.ts';
import type { OutputOf } from '../../app/contract/method.ts';
import type { Draft } from '../../app/contract/plan.ts';
import type { Services } from '../../app/contract/contract.ts';
import type { KeyState } from '../../app/contract/keys.ts';
import { noEdits } from '../../app/detect/edits.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import type { AppContext, VaultKeeper } from '../../main/services/app-context.ts';
import type { Asking } from '../../main/services/asking.ts';
import { createAsking } from '../../main/services/asking.ts';
import { createListeners } from '../../main/services/listeners.ts';
import { packPlaces } from '../../main/services/pack-places.ts';
import { openProfile } from '../../main/services/profile.ts';
import type { ReachedServer } from '../../main/services/server-choice.ts';
import { reachServer } from '../../main/services/server-choice.ts';
import type { ServerDirectory } from '../../main/services/server-directory.ts';
import { createSettingsKeeper } from '../../main/services/settings-keeper.ts';
import { createStoreKeeper } from '../../main/services/store-keeper.ts';
import { foundVault, openVault } from '../../main/vault/open-vault.ts';
import type { Vault } from '../../main/vault/vault.ts';

export interface AskingRig {
  readonly asking: Asking;
  readonly services: Asking['services'];
  readonly context: AppContext;
  readonly vault: Vault;
  readonly ledger: Ledger;
  /** Servers that were reached, in order. */
  readonly reached: readonly ReachedServer[];
  /** Asks as a page does: preview, then send that plan. */
  ask(draft: Partial<Draft> & { text: string }, options?: AskOptions): Promise<Asked>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly onItem?: (item: Progress) => void;
}

export interface Asked {
  readonly plan: Awaited<ReturnType<Services['plan']['preview']>>;
  readonly items: readonly Progress[];
  readonly result: OutputOf<typeof assistant.send>;
}

export interface RigOptions {
  /** Folder of the default pack. */
  readonly pack?: string;
  /** Instead of starting the bundled server. */
  readonly reach?: (
    options: { readonly packRoot: string; readonly signal: AbortSignal },
    ledger: Ledger,
  ) => Promise<ReachedServer>;
}

export function draftOf(draft: Partial<Draft> & { text: string }): Draft {
  const edits = { marked: [...noEdits.marked], unmarked: [...noEdits.unmarked] };
  return { conversation: null, replaces: null, edits, policy: null, pack: null, server: null, ...draft };
}

export async function startAsking(options: RigOptions = {}): Promise<AskingRig> {
  const home = await mkdtemp(join(tmpdir(), 'sotto-asking-'));
  const profile = openProfile('test', home);
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: 'test', ephemeral: true }),
  );
  const ledger = new Ledger();
  const ending = new AbortController();
  const keeper = memoryVaultKeeper(vault);
  const store = createStoreKeeper({ profile, vault: keeper });
  const context: AppContext = {
    profile,
    host: {} as AppContext['host'],
    vault: keeper,
    store,
    settings: createSettingsKeeper(store),
    ledger,
    signal: ending.signal,
  };
  const reached: ReachedServer[] = [];
  const servers: ServerDirectory = {
    describe() {
      const { address = null, identity = null } = reached.at(-1)?.connection ?? {};
      return { id: null, name: 'bundled', address, identity };
    },
    async reach(_, { packRoot, signal }) {
      const server = await (options.reach?.({ packRoot, signal }, ledger) ??
        reachServer({ ephemeral: true, packRoot, profile, ledger, signal }));
      reached.push(server);
      return server;
    },
  };
  const places = packPlaces(profile);
  const asking = createAsking(context, {
    packs: { ...places, defaultPack: options.pack ?? places.defaultPack },
    servers,
  });
  const { services } = asking;
  return {
    asking,
    services,
    context,
    vault,
    ledger,
    reached,
    async ask(partial, { signal = new AbortController().signal, onItem } = {}) {
      const draft = draftOf(partial);
      const plan = await services.plan.preview(draft, signal);
      const items: Progress[] = [];
      const result = await drain(services.assistant.send({ draft, plan: plan.id }, signal), (item) => {
        items.push(item);
        onItem?.(item);
      });
      return { plan, items, result };
    },
    async close() {
      await asking.close();
      ending.abort();
      store.close();
      vault.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export async function drain<Item, Result>(
  items: AsyncGenerator<Item, Result>,
  onItem: (item: Item) => void,
): Promise<Result> {
  for (;;) {
    const { done, value } = await items.next();
    if (done) return value;
    onItem(value);
  }
}

/** An open vault that only `lock` closes. */
function memoryVaultKeeper(vault: Vault): VaultKeeper {
  const listeners = createListeners<KeyState>();
  let locked = false;
  const state = (): KeyState =>
    locked
      ? { state: 'locked', message: 'Locked.', next: 'Unlock.' }
      : // As one of a keychain, so that the history is in a file.
        ({ state: 'found', ...vault.status(), storage: 'keychain' } as KeyState);
  const unsupported = () => Promise.reject(new Error('not in this test'));
  return {
    state,
    require: () => vault,
    current: () => (locked ? undefined : vault),
    onChange: (listener) => listeners.add(listener),
    refresh: () => Promise.resolve(state()),
    create: unsupported,
    unlock: unsupported,
    importBackup: unsupported,
    lock() {
      locked = true;
      listeners.tell(state());
      return Promise.resolve(state());
    },
    close: () => undefined,
  };
}
