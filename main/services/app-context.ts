/** What the services of the application share. Each is made from this and from nothing else. */
import type { Client } from '../../app/contract/client.ts';
import type { hostContract } from '../../app/contract/contract.ts';
import type { KeyState } from '../../app/contract/keys.ts';
import type { Settings, SettingsState } from '../../app/contract/settings.ts';
import type { Ledger } from '../egress/ledger.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { Profile } from './profile.ts';

export interface AppContext {
  readonly profile: Profile;
  /** Calls into the host of the window. */
  readonly host: Client<typeof hostContract>['host'];
  readonly vault: VaultKeeper;
  readonly store: StoreKeeper;
  readonly settings: SettingsKeeper;
  readonly ledger: Ledger;
  /** Aborted when the process is ending. */
  readonly signal: AbortSignal;
}

/** The vault of the profile, open or not. */
export interface VaultKeeper {
  /** As it was found last; `refresh` asks again. */
  state(): KeyState;
  /**
   * @throws Failure `refused` with reason `keys-absent`, `keys-lost`, `keychain-locked`, `keychain-unavailable` or
   *   `passphrase-needed`.
   */
  require(): Vault;
  /** The vault while it is open. */
  current(): Vault | undefined;
  /** Calls `listener` after each change of the state; returns how to stop. */
  onChange(listener: (state: KeyState) => void): () => void;
  /** Asks the keychain again. */
  refresh(): Promise<KeyState>;
  /** Makes a root key where there is none. */
  create(options: CreateVault): Promise<KeyState>;
  /** Opens a vault that is under a passphrase. @throws Failure with reason `passphrase-wrong`. */
  unlock(passphrase: string): Promise<KeyState>;
  /** Takes the root key from a backup; `replace` gives up the one there is. */
  importBackup(options: ImportVault): Promise<KeyState>;
  /** Closes the vault until `refresh` (keychain) or `unlock` (passphrase). */
  lock(): Promise<KeyState>;
  /** The process is ending. */
  close(): void;
}

export type CreateVault =
  | { readonly storage: 'keychain'; readonly replace: boolean }
  | { readonly storage: 'passphrase'; readonly passphrase: string; readonly replace: boolean };

export interface ImportVault {
  /** An armored age file, or base64 of a binary one. */
  readonly text: string;
  /** The backup's; with `storage` `passphrase` also the profile's from now on. */
  readonly passphrase: string;
  readonly replace: boolean;
  /** Without it the root key stays where the profile's is; the keychain for a profile that has none. */
  readonly storage?: 'keychain' | 'passphrase' | undefined;
}

/** The store of the profile: open while the vault is. It follows the vault by itself. */
export interface StoreKeeper {
  /** @throws Failure why it is not open: as `VaultKeeper.require`, or `profile-in-use`, `data-damaged`, `disk-full`. */
  require(): Store;
  /** `undefined` while it is not open. */
  current(): Store | undefined;
  /** Calls `listener` after the store was opened or closed; returns how to stop. */
  onChange(listener: () => void): () => void;
  /** Tries again what failed, after the user did something about it. */
  retry(): void;
  /**
   * Gives a file that cannot be opened (damaged, or of another root key) another name, and begins a new one.
   * @returns its new path. @throws Failure `usage` when the store is open.
   */
  setAside(): string;
  close(): void;
}

/** The settings of the profile, in the store. */
export interface SettingsKeeper {
  /** The defaults while the store is not open, and in place of what cannot be read. Never throws. */
  current(): Settings;
  /**
   * For whoever decides by them what leaves this machine or is written: own words that cannot be read must not be
   * taken for none. @throws Failure as `StoreKeeper.require`; `data-damaged` when a stored group cannot be read, or an
   * own word or an entry of the allow-list in it.
   */
  require(): Settings;
  /** With `stored: false` while the store is not open. */
  state(): SettingsState;
  /** Replaces whole groups. @throws Failure as `StoreKeeper.require`; `usage` for a group that could not be read again. */
  change(patch: Partial<Settings>): SettingsState;
  /** Back to the defaults; own words and the allow-list stay. */
  reset(): SettingsState;
  /** Calls `listener` after each change, and when the store was opened or closed; returns how to stop. */
  onChange(listener: (state: SettingsState) => void): () => void;
}
