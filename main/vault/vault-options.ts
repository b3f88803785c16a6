import type { Keychain } from './keychain/keychain.ts';

/** Whose vault, and where. */
export interface VaultOptions {
  /** Holds `vault.db`. Made when it is needed, never on `locked` or `unavailable`. */
  readonly profileDir: string;
  /** The account in the keychain: 1 to 64 letters, digits, `.`, `_` or `-`. */
  readonly profileName: string;
  /** Keys in memory alone: the keychain is not asked and no file is written. */
  readonly ephemeral?: boolean;
  /** The operating system's, unless a test gives another. */
  readonly keychain?: Keychain;
}
