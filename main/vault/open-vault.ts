/**
 * Opening the vault of a profile: the one place that decides what the keychain's answer means.
 *
 *     const state = await openVault({ profileDir, profileName });
 *     switch (state.state) {
 *       case 'found':       state.vault ...                      // keys are usable
 *       case 'absent':      await state.create()                 // the only way in which a root key is made
 *       case 'locked':
 *       case 'unavailable': say state.message and state.next, and wait for the user
 *     }
 *
 * The rule behind it: locked is not absent. A root key that cannot be read now is never replaced, and one
 * that a profile has had is not replaced by accident either. Root keys belong to the profile's name in the
 * keychain, not to its folder: two folders with profiles of one name share the root key, and nothing else.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { KeychainRefusal } from './keychain/keychain.ts';
import type { Refused } from './keychain/keychain.ts';
import { osKeychain } from './keychain/os-keychain.ts';
import { recordsFile } from './records-file.ts';
import { Records } from './records.ts';
import { generateRootKey, rootCheck } from './root-key.ts';
import { RootStore } from './root-store.ts';
import type { VaultOptions } from './vault-options.ts';
import { Vault } from './vault.ts';

/** The other way to a vault: from a backup. */
export { importBackup } from './import-backup.ts';

export type VaultState =
  | { readonly state: 'found'; readonly vault: Vault }
  | {
      readonly state: 'absent';
      /** The profile has had a root key, which is gone from the keychain: `create` refuses unless told to replace it. */
      readonly lost: boolean;
      create(options?: { replace?: boolean | undefined }): Promise<Vault>;
    }
  | Refused;

/**
 * @throws Failure `pack` when `vault.db` is damaged, `refused` when the keychain holds something else than
 *   a root key, `usage` for a profile name that cannot be one.
 */
export async function openVault(options: VaultOptions): Promise<VaultState> {
  const store = new RootStore(options.keychain ?? osKeychain(), options.profileName);
  if (options.ephemeral) return { state: 'found', vault: ephemeralVault(options.profileName) };
  const file = join(options.profileDir, recordsFile);
  const presence = await store.probe();
  switch (presence.state) {
    case 'found':
      return await open(store, file);
    case 'absent':
      return {
        state: 'absent',
        lost: hasHadRoot(file),
        create: ({ replace = false } = {}) => create(store, file, replace),
      };
    case 'locked':
    case 'unavailable':
      return presence;
  }
}

/** The vault, or a Failure `refused` that says why there is none and what to do. */
export function foundVault(state: VaultState): Vault {
  switch (state.state) {
    case 'found':
      return state.vault;
    case 'absent':
      if (state.lost) throw lostRoot();
      throw new Failure('refused', 'This profile has no root key yet. Nothing was sent.', {
        next: 'Run: sotto keys create, or pass --ephemeral-keys for keys that last one run.',
      });
    case 'locked':
    case 'unavailable':
      throw new Failure('refused', state.message, { next: state.next });
  }
}

async function open(store: RootStore, file: string): Promise<VaultState> {
  let root: Buffer;
  try {
    root = await store.read();
  } catch (error) {
    // The keyring was locked between the probe and the reading.
    if (error instanceof KeychainRefusal) return error.refused();
    throw error;
  }
  try {
    const records = Records.open(file);
    if (await records.closeOnError(() => Promise.resolve(adopt(records, root)))) {
      return { state: 'found', vault: new Vault({ root, records, store, profileName: store.profileName }) };
    }
    records.close();
    root.fill(0);
    return foreignRoot;
  } catch (error) {
    root.fill(0);
    throw error;
  }
}

/** Only one process gets to the inner part at a time, and it asks the keychain again: of two that race, one creates. */
async function create(store: RootStore, file: string, replace: boolean): Promise<Vault> {
  // Asked before the records are opened too: nothing is written while the keychain refuses.
  await store.isPresent();
  const records = Records.open(file);
  const root = await records.closeOnError(() =>
    records.exclusively(async () => {
      if (await store.isPresent()) return undefined;
      const isReplacement = records.root() !== undefined;
      if (isReplacement && !replace) throw lostRoot();
      const made = generateRootKey();
      await store.write(made);
      if (isReplacement) records.nextEpoch(Date.now());
      records.setRoot({ check: rootCheck(made), created: Date.now() });
      return made;
    }),
  );
  if (root !== undefined) return new Vault({ root, records, store, profileName: store.profileName });
  records.close();
  return foundVault(await open(store, file));
}

function ephemeralVault(profileName: string): Vault {
  const root = generateRootKey();
  const records = Records.inMemory();
  records.setRoot({ check: rootCheck(root), created: Date.now() });
  return new Vault({ root, records, store: undefined, profileName });
}

/** `false` when the records were made with another root key. */
function adopt(records: Records, root: Buffer): boolean {
  const check = rootCheck(root);
  return records.transaction(() => {
    const known = records.root();
    // The records were lost, or this folder is new: the root key is taken as it is.
    if (known === undefined) records.setRoot({ check, created: null });
    return known === undefined || Buffer.from(known.check).equals(check);
  });
}

const foreignRoot: Refused = {
  state: 'unavailable',
  message:
    'The root key in the keychain is not the one that this profile was made with. Nothing was changed.',
  next: 'Import the backup of this profile (sotto keys import FILE --replace), or use another profile.',
};

function lostRoot(): Failure {
  return new Failure(
    'refused',
    'The root key of this profile is gone from the keychain. No other was made in its place.',
    {
      next: 'Import its backup (sotto keys import FILE). To give up what was encrypted under it: sotto keys create --replace',
    },
  );
}

function hasHadRoot(file: string): boolean {
  if (!existsSync(file)) return false;
  const records = Records.open(file);
  try {
    return records.root() !== undefined;
  } finally {
    records.close();
  }
}
