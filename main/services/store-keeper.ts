/** Opens the profile's store when its vault is open, and closes it with the vault. */
import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { guard } from '../store/problems.ts';
import { storeFile } from '../store/store-file.ts';
import { openEphemeralStore, openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { StoreKeeper, VaultKeeper } from './app-context.ts';
import { createListeners } from './listeners.ts';
import type { Profile } from './profile.ts';

/** What can end by itself is tried again when the store is next needed, but not more often than this. */
const retryAfterMs = 2_000;

type State =
  | { readonly type: 'closed' }
  /** `key`: which root key it was opened under. */
  | { readonly type: 'open'; readonly store: Store; readonly key: string }
  | { readonly type: 'failed'; readonly failure: Failure; readonly at: number };

export interface StoreKeeperParts {
  readonly profile: Pick<Profile, 'dir'>;
  readonly vault: Pick<VaultKeeper, 'state' | 'require' | 'onChange'>;
}

export function createStoreKeeper({ profile, vault }: StoreKeeperParts): StoreKeeper {
  const file = join(profile.dir, storeFile);
  const listeners = createListeners<undefined>();
  let state: State = { type: 'closed' };

  const set = (next: State) => {
    if (state.type === 'open') state.store.close();
    state = next;
    listeners.tell(undefined);
  };

  const follow = () => {
    const found = vault.state();
    if (found.state !== 'found') {
      if (state.type !== 'closed') set({ type: 'closed' });
      return;
    }
    const databaseKey = vault.require().databaseKey();
    try {
      const key = createHash('sha256').update(databaseKey).digest('hex');
      // Another root key, from a backup: another history.
      if (state.type === 'open' && state.key === key) return;
      if (state.type === 'open') set({ type: 'closed' });
      const store = found.storage === 'memory' ? openEphemeralStore() : openStore(file, databaseKey);
      set({ type: 'open', store, key });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      set({ type: 'failed', failure: error, at: Date.now() });
    } finally {
      databaseKey.fill(0);
    }
  };

  const require = () => {
    if (state.type === 'failed' && Date.now() - state.at > retryAfterMs) follow();
    if (state.type === 'open') return state.store;
    if (state.type === 'failed') throw state.failure;
    vault.require();
    throw new Failure('refused', 'The history is closed.');
  };

  const stop = vault.onChange(follow);
  follow();
  return {
    require,
    current: () => (state.type === 'open' ? state.store : undefined),
    onChange: (listener) => listeners.add(() => listener()),
    retry: follow,
    setAside() {
      const reason = state.type === 'failed' ? state.failure.reason : undefined;
      if (reason !== 'data-damaged' && reason !== 'data-foreign') {
        throw new Failure(
          'usage',
          'The history was left where it is: it is neither damaged nor of another key.',
        );
      }
      const path = setFileAside(file);
      follow();
      return path;
    },
    close() {
      stop();
      if (state.type === 'open') state.store.close();
      state = { type: 'closed' };
    },
  };
}

/** Another name for the file and its journal, in the same folder. */
function setFileAside(file: string): string {
  const path = file.replace(/\.db$/, `.set-aside-${new Date().toISOString().replace(/[:.]/g, '-')}.db`);
  guard(file, () => {
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${path}-wal`);
    if (existsSync(file)) renameSync(file, path);
  });
  return path;
}
