/** Puts a root key from a backup into the keychain, or under a passphrase into the profile's folder. */
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { readBackup, readBackupText } from './backup.ts';
import type { Backup } from './backup.ts';
import { refusal } from './keychain/keychain.ts';
import { osKeychain } from './keychain/os-keychain.ts';
import { checkNewPassphrase, PassphraseRoot } from './passphrase-root.ts';
import { recordsFile } from './records-file.ts';
import { Records } from './records.ts';
import { rootCheck } from './root-key.ts';
import { RootStore } from './root-store.ts';
import { sealRoot } from './sealed-root.ts';
import type { VaultOptions } from './vault-options.ts';
import { Vault } from './vault.ts';

export interface ImportOptions extends Omit<VaultOptions, 'ephemeral'> {
  /** A file, or the text of one: armored, or base64. */
  readonly file: string | { readonly text: string };
  /** The backup's. */
  readonly passphrase: string;
  /** Allows the loss of a different root key that the profile has now. */
  readonly replace?: boolean | undefined;
  /**
   * Where the root key is kept from now on: the keychain, or `root.age` under a passphrase. A profile that is under a
   * passphrase needs an answer; another one stays in the keychain without it.
   */
  readonly storage?: 'keychain' | { readonly passphrase: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * It always starts a new epoch: what the backed-up profile's session keys were used for is not known here.
 * @throws Failure `usage` (wrong passphrase, no such file, no storage named where one must be), `pack` (no backup),
 *   `refused` (keychain locked or unavailable, or a different root key is there and `replace` is not set),
 *   `cancelled`. Nothing was changed then.
 */
export async function importBackup(options: ImportOptions): Promise<Vault> {
  const { profileDir, profileName, signal } = options;
  const store = new RootStore(options.keychain ?? osKeychain(), profileName);
  const sealed = new PassphraseRoot(profileDir, profileName);
  const storage = options.storage ?? (sealed.exists() ? undefined : 'keychain');
  if (storage === undefined) throw storageNeeded();
  if (typeof storage === 'object') checkNewPassphrase(storage.passphrase);
  const backup =
    typeof options.file === 'string'
      ? await readBackup(options.file, options.passphrase, signal)
      : await readBackupText(options.file.text, options.passphrase, signal);
  try {
    // Asked before the records are opened too: nothing is written while the keychain refuses.
    if (storage === 'keychain') await store.isPresent();
    const bytes = storage === 'keychain' ? undefined : await sealRoot(backup, storage.passphrase, { signal });
    const records = Records.open(join(profileDir, recordsFile));
    return await records.closeOnError(async () => {
      await records.exclusively(async () => {
        if (!(await wouldLoseAnother({ store, sealed }, storage === 'keychain', records, backup.root)))
          return;
        if (!options.replace) throw different();
        // In a step of its own: a crash after it leaves a profile that opens with whichever root key is in place then.
        records.setRoot(undefined);
        records.nextEpoch(Date.now());
      });
      await records.exclusively(async () => {
        if (bytes === undefined) await moveIntoKeychain({ store, sealed }, backup);
        else await moveUnderPassphrase({ store, sealed }, bytes);
        records.setRoot({ check: rootCheck(backup.root), created: backup.created });
        records.nextEpoch(Date.now());
      });
      const place = bytes === undefined ? store : sealed;
      return new Vault({ root: Buffer.from(backup.root), records, store: place, profileName });
    });
  } finally {
    backup.root.fill(0);
  }
}

interface Places {
  readonly store: RootStore;
  readonly sealed: PassphraseRoot;
}

/** While `root.age` is there it is the one place; so it goes last. */
async function moveIntoKeychain({ store, sealed }: Places, { root }: Backup): Promise<void> {
  await store.write(root);
  if (sealed.exists()) await sealed.delete();
}

/** Once `root.age` is there it is the one place; what the keychain still holds is removed if it can be. */
async function moveUnderPassphrase({ store, sealed }: Places, bytes: Uint8Array): Promise<void> {
  const presence = await store.probe();
  // It may hold a root key that would come to light again later.
  if (presence.state === 'locked' && !sealed.exists()) throw refusal(presence);
  const wasSealed = sealed.exists();
  await sealed.put(bytes);
  // A passphrase profile has nothing in the keychain: what is there is another folder's.
  if (presence.state === 'found' && !wasSealed) await store.delete();
}

/** Whether another root key is in `root.age` or in the keychain that is asked, or belongs to these records. */
async function wouldLoseAnother(
  { store, sealed }: Places,
  intoKeychain: boolean,
  records: Records,
  root: Buffer,
): Promise<boolean> {
  const known = records.root();
  if (known !== undefined && !Buffer.from(known.check).equals(rootCheck(root))) return true;
  // What is sealed cannot be read here: without records it may be any.
  if (sealed.exists() && known === undefined) return true;
  if (sealed.exists() && !intoKeychain) return false;
  const presence = await store.probe();
  if (presence.state === 'locked') throw refusal(presence);
  return presence.state === 'found' && !(await store.holds(root));
}

function different(): Failure {
  return new Failure('refused', 'This profile has a different root key. It was not replaced.', {
    next: 'Export it first (sotto keys export FILE), then import with --replace.',
  });
}

function storageNeeded(): Failure {
  return new Failure('usage', 'This profile keeps its root key under a passphrase. Nothing was changed.', {
    next: 'Say where the imported one is kept: --storage keychain, or --storage passphrase.',
  });
}
