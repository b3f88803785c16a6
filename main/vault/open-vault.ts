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
import { readBackup } from './backup.ts';
import { KeychainRefusal, unavailable } from './keychain/keychain.ts';
import type { Keychain, Presence } from './keychain/keychain.ts';
import { osKeychain } from './keychain/os-keychain.ts';
import { Records } from './records.ts';
import { decodeRootKey, encodeRootKey, generateRootKey, rootCheck } from './root-key.ts';
import { Vault } from './vault.ts';

export const keychainService = 'Sotto';

export interface VaultOptions {
  /** Holds `vault.db`. Made when it is needed, never on `locked` or `unavailable`. */
  readonly profileDir: string;
  /** The account in the keychain: 1 to 64 letters, digits, `.`, `_` or `-`. */
  readonly profileName: string;
  /** Keys in memory alone: the keychain is not asked and no file is written. */
  readonly ephemeral?: boolean;
  readonly keychain?: Keychain;
}

export type VaultState =
  | { readonly state: 'found'; readonly vault: Vault }
  | {
      readonly state: 'absent';
      /** The profile has had a root key, which is gone from the keychain: `create` refuses unless told to replace it. */
      readonly lost: boolean;
      create(options?: { replace?: boolean }): Promise<Vault>;
    }
  | { readonly state: 'locked' | 'unavailable'; readonly message: string; readonly next: string };

/**
 * @throws Failure `pack` when `vault.db` is damaged, `refused` when the keychain holds something else than
 *   a root key, `usage` for a profile name that cannot be one.
 */
export async function openVault(options: VaultOptions): Promise<VaultState> {
  checkName(options.profileName);
  if (options.ephemeral) return { state: 'found', vault: ephemeralVault(options.profileName) };
  const place = placeOf(options);
  const presence = await place.keychain.probe(keychainService, place.account);
  switch (presence.state) {
    case 'found':
      return await open(place).catch(refusedState);
    case 'absent':
      return {
        state: 'absent',
        lost: withExistingRecords(place, (records) => records.root() !== undefined) ?? false,
        create: ({ replace = false } = {}) => create(place, replace),
      };
    case 'locked':
    case 'unavailable':
      return presence;
  }
}

/** The vault, or a Failure `refused` that says why there is none and what to do. */
export function foundVault(state: VaultState): Vault {
  if (state.state === 'found') return state.vault;
  if (state.state === 'absent') {
    throw new Failure('refused', 'This profile has no root key yet. Nothing was sent.', {
      next: 'Run: sotto keys create, or pass --ephemeral-keys for keys that last one run.',
    });
  }
  throw new Failure('refused', state.message, { next: state.next });
}

export interface ImportOptions extends Omit<VaultOptions, 'ephemeral'> {
  readonly file: string;
  readonly passphrase: string;
  /** Allows the loss of a different root key that the profile has now. */
  readonly replace?: boolean;
}

/**
 * Puts a root key from a backup into the keychain. It always starts a new epoch: what the backed-up
 * profile's session keys were used for is not known here.
 * @throws Failure `usage` (wrong passphrase, no such file), `pack` (no backup), `refused` (keychain locked
 *   or unavailable, or a different root key is there and `replace` is not set). Nothing was changed then.
 */
export async function importBackup(options: ImportOptions): Promise<Vault> {
  checkName(options.profileName);
  const place = placeOf(options);
  const backup = await readBackup(options.file, options.passphrase);
  try {
    readable(await place.keychain.probe(keychainService, place.account));
    const records = Records.open(place.file);
    return await closingOnError(records, async () => {
      await records.exclusively(async () => {
        const presence = readable(await place.keychain.probe(keychainService, place.account));
        if (!options.replace && !(await holdsNothingElse(place, presence, records, backup.root))) {
          throw new Failure('refused', 'This profile has a different root key. It was not replaced.', {
            next: 'Export it first (sotto keys export FILE), then import with --replace.',
          });
        }
        await store(place, backup.root);
        records.setRoot({ check: rootCheck(backup.root), created: backup.created });
        records.nextEpoch(Date.now());
      });
      return vaultOf(place, Buffer.from(backup.root), records);
    });
  } finally {
    backup.root.fill(0);
  }
}

/** Where one profile keeps what. */
interface Place {
  readonly keychain: Keychain;
  readonly account: string;
  readonly file: string;
}

function placeOf(options: VaultOptions): Place {
  return {
    keychain: options.keychain ?? osKeychain(),
    account: options.profileName,
    file: join(options.profileDir, 'vault.db'),
  };
}

async function open(place: Place): Promise<VaultState> {
  const root = await readRoot(place);
  try {
    const records = Records.open(place.file);
    return closingOnError(records, () => {
      if (adopt(records, root)) return { state: 'found', vault: vaultOf(place, root, records) };
      records.close();
      root.fill(0);
      return foreignRoot;
    });
  } catch (error) {
    root.fill(0);
    throw error;
  }
}

/** The keyring was locked between the probe and the reading. */
function refusedState(error: unknown): VaultState {
  if (error instanceof KeychainRefusal) return error.presence();
  throw error;
}

/** Only one process gets here at a time, and it asks the keychain again: of two that race, one creates. */
async function create(place: Place, replace: boolean): Promise<Vault> {
  readable(await place.keychain.probe(keychainService, place.account));
  const records = Records.open(place.file);
  return await closingOnError(records, async () => {
    const root = await records.exclusively(async () => {
      const presence = readable(await place.keychain.probe(keychainService, place.account));
      const known = records.root();
      if (presence.state === 'found') return undefined;
      if (known !== undefined && !replace) throw lostRoot();
      const made = generateRootKey();
      await store(place, made);
      if (known !== undefined) records.nextEpoch(Date.now());
      records.setRoot({ check: rootCheck(made), created: Date.now() });
      return made;
    });
    if (root !== undefined) return vaultOf(place, root, records);
    records.close();
    return foundVault(await open(place));
  });
}

function ephemeralVault(profileName: string): Vault {
  const root = generateRootKey();
  const records = Records.inMemory();
  records.setRoot({ check: rootCheck(root), created: Date.now() });
  return new Vault({ storage: 'memory', profileName, root, records, forgetRoot: () => Promise.resolve() });
}

function vaultOf(place: Place, root: Buffer, records: Records): Vault {
  return new Vault({
    storage: 'keychain',
    profileName: place.account,
    root,
    records,
    forgetRoot: async () => {
      readable(await place.keychain.probe(keychainService, place.account));
      await place.keychain.deletePassword(keychainService, place.account);
    },
  });
}

async function readRoot(place: Place): Promise<Buffer> {
  const text = await place.keychain.getPassword(keychainService, place.account);
  if (text === null)
    throw unavailable('The key disappeared from the keychain while it was read.', 'Try again.');
  return decodeRootKey(text);
}

/** Writes, and reads back: a keychain that forgets is found out before anything is encrypted. */
async function store(place: Place, root: Buffer): Promise<void> {
  await place.keychain.setPassword(keychainService, place.account, encodeRootKey(root));
  const kept = await readRoot(place);
  const same = kept.equals(root);
  kept.fill(0);
  if (!same) throw unavailable('The keychain did not keep the key as it was given.', 'Try again.');
}

/** Whether storing `root` would lose no other root key, in the keychain or in these records. */
async function holdsNothingElse(
  place: Place,
  presence: Presence,
  records: Records,
  root: Buffer,
): Promise<boolean> {
  if (presence.state === 'found') {
    const current = await readRoot(place);
    const same = current.equals(root);
    current.fill(0);
    if (!same) return false;
  }
  const known = records.root();
  return known === undefined || Buffer.from(known.check).equals(rootCheck(root));
}

function readable(presence: Presence): Presence {
  if (presence.state === 'found' || presence.state === 'absent') return presence;
  throw new Failure('refused', presence.message, { next: presence.next });
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

const foreignRoot = {
  state: 'unavailable',
  message:
    'The root key in the keychain is not the one that this profile was made with. Nothing was changed.',
  next: 'Import the backup of this profile (sotto keys import FILE --replace), or use another profile.',
} as const;

function lostRoot(): Failure {
  return new Failure(
    'refused',
    'The root key of this profile is gone from the keychain. No other was made in its place.',
    {
      next: 'Import its backup (sotto keys import FILE). To give up what was encrypted under it: sotto keys create --replace',
    },
  );
}

function closingOnError<T>(records: Records, work: () => T): T {
  const close = (error: unknown): never => {
    records.close();
    throw error;
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(close) as T) : result;
  } catch (error) {
    return close(error);
  }
}

function withExistingRecords<T>(place: Place, read: (records: Records) => T): T | undefined {
  if (!existsSync(place.file)) return undefined;
  const records = Records.open(place.file);
  try {
    return read(records);
  } finally {
    records.close();
  }
}

function checkName(name: string): void {
  if (/^[\w.-]{1,64}$/.test(name)) return;
  throw new Failure('usage', 'A profile is named with 1 to 64 letters, digits, dots, dashes or underscores.');
}
