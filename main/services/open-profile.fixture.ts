/** A profile in a folder of its own, with a vault that tests open, lock and give another root key. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { KeyState } from '../../app/contract/keys.ts';
import { Failure } from '../../app/failure/failure.ts';
import { storeFile } from '../store/store-file.ts';
import { foundVault, openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import type { SettingsKeeper, StoreKeeper } from './app-context.ts';
import { createListeners } from './listeners.ts';
import { createSettingsKeeper } from './settings-keeper.ts';
import { createStoreKeeper } from './store-keeper.ts';
import type { StoreKeeperParts } from './store-keeper.ts';

export interface OpenProfile {
  readonly dir: string;
  readonly file: string;
  readonly vault: StoreKeeperParts['vault'];
  readonly signal: AbortSignal;
  /** As the process ends. */
  end(): void;
  lock(): void;
  unlock(): void;
  /** Another root key, as from a backup. */
  replaceRoot(): Promise<void>;
  keepers(): { store: StoreKeeper; settings: SettingsKeeper };
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

export async function openProfileFolder(storage: 'keychain' | 'memory' = 'keychain'): Promise<OpenProfile> {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
  const listeners = createListeners<KeyState>();
  const ending = new AbortController();
  let vault: Vault = await newVault();
  let isOpen = true;
  const state = (): KeyState =>
    isOpen
      ? { state: 'found', storage, profile: 'default', epoch: 1, created: null, lastUsed: null, keys: [] }
      : { state: 'locked', message: 'The keychain is locked.', next: 'Unlock it.' };
  cleanUps.push(() => {
    ending.abort();
    rmSync(dir, { recursive: true, force: true });
  });
  const set = (open: boolean) => {
    isOpen = open;
    listeners.tell(state());
  };
  const keeper: StoreKeeperParts['vault'] = {
    state,
    require() {
      if (!isOpen) throw new Failure('refused', 'The keychain is locked.', { reason: 'keychain-locked' });
      return vault;
    },
    onChange: (listener) => listeners.add(listener),
  };
  return {
    dir,
    file: join(dir, storeFile),
    signal: ending.signal,
    vault: keeper,
    end: () => ending.abort(),
    lock: () => set(false),
    unlock: () => set(true),
    async replaceRoot() {
      vault = await newVault();
      set(true);
    },
    keepers() {
      const store = createStoreKeeper({ profile: { dir }, vault: keeper });
      cleanUps.unshift(() => store.close());
      return { store, settings: createSettingsKeeper(store) };
    },
  };
}

async function newVault(): Promise<Vault> {
  return foundVault(await openVault({ profileDir: '', profileName: 'default', ephemeral: true }));
}
