/**
 * Opening the vault of a profile: the one place that decides what the keychain's answer means.
 *
 *     const state = await openVault({ profileDir, profileName });
 *     switch (state.state) {
 *       case 'found':       state.vault ...                      // keys are usable
 *       case 'absent':      await state.create()                 // the only way in which a root key is made
 *       case 'passphrase':  await state.unlock(passphrase)       // it is in root.age; the keychain was not asked
 *       case 'locked':      say state.message and state.next, and wait for the user
 *       case 'unavailable': the same; or, if the user chooses so: await state.create({ passphrase })
 *     }
 *
 * The rule behind it: locked is not absent. A root key that cannot be read now is never replaced, and one
 * that a profile has had is not replaced by accident either. Root keys belong to the profile's name in the
 * keychain, not to its folder: two folders with profiles of one name share the root key, and nothing else.
 * A passphrase stands in for a keychain only where the user says so (docs/adr/0008-passphrase-vault.md).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { KeychainRefusal, refusal } from './keychain/keychain.ts';
import type { Refused } from './keychain/keychain.ts';
import { osKeychain } from './keychain/os-keychain.ts';
import { checkNewPassphrase, PassphraseRoot } from './passphrase-root.ts';
import { recordsFile } from './records-file.ts';
import { Records } from './records.ts';
import { generateRootKey, rootCheck } from './root-key.ts';
import type { RootPlace } from './root-place.ts';
import { RootStore } from './root-store.ts';
import { sealRoot } from './sealed-root.ts';
import type { VaultOptions } from './vault-options.ts';
import { Vault } from './vault.ts';

/** The other way to a vault: from a backup. */
export { importBackup } from './import-backup.ts';

export type VaultState =
  | { readonly state: 'found'; readonly vault: Vault }
  | {
      readonly state: 'absent';
      /** The profile has had a root key, which is gone: `create` refuses unless told to replace it. */
      readonly lost: boolean;
      /** In the keychain, or where the options have a passphrase in `root.age`. */
      create(options?: CreateOptions): Promise<Vault>;
    }
  | {
      readonly state: 'passphrase';
      /**
       * @throws Failure `refused` for a wrong passphrase (reason `passphrase-wrong`), `pack` for a damaged file,
       *   `cancelled`. Nothing was changed then.
       */
      unlock(passphrase: string, signal?: AbortSignal): Promise<Vault>;
    }
  | (Refused & { readonly state: 'locked' })
  | (Refused & {
      readonly state: 'unavailable';
      create(options: CreateOptions & { readonly passphrase: string }): Promise<Vault>;
    });

export interface CreateOptions {
  /** Gives up a root key that the profile has had, and what was encrypted under it. */
  readonly replace?: boolean | undefined;
  /** Keeps the root key under it instead of in the keychain; at least 8 characters. */
  readonly passphrase?: string | undefined;
  /** Stops the work on the passphrase. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws Failure `pack` when `vault.db` is damaged, `refused` when the keychain holds something else than
 *   a root key, `usage` for a profile name that cannot be one.
 */
export async function openVault(options: VaultOptions): Promise<VaultState> {
  const store = new RootStore(options.keychain ?? osKeychain(), options.profileName);
  if (options.ephemeral) return { state: 'found', vault: ephemeralVault(options.profileName) };
  const sealed = new PassphraseRoot(options.profileDir, options.profileName);
  const places: Places = { store, sealed, file: join(options.profileDir, recordsFile) };
  if (sealed.exists()) return underPassphrase(places);
  const presence = await store.probe();
  switch (presence.state) {
    case 'found':
      return await open(places);
    case 'absent':
      return {
        state: 'absent',
        lost: hasHadRoot(places.file),
        create: ({ passphrase, ...rest } = {}) =>
          passphrase === undefined ? create(places, rest) : createSealed(places, passphrase, rest),
      };
    case 'locked':
      return { ...presence, state: 'locked' };
    case 'unavailable':
      return withoutKeychain(places, presence);
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
        reason: 'keys-absent',
      });
    case 'passphrase':
      throw passphraseNeeded();
    case 'locked':
    case 'unavailable':
      throw refusal(state);
  }
}

/** The keys are there, and nobody has said the passphrase. */
function passphraseNeeded(): Failure {
  return new Failure('refused', 'The keys of this profile are under a passphrase. Nothing was sent.', {
    next: 'Give the passphrase: on a terminal, or with --passphrase-file FILE.',
    reason: 'passphrase-needed',
  });
}

interface Places {
  readonly store: RootStore;
  readonly sealed: PassphraseRoot;
  /** The records'. */
  readonly file: string;
}

async function open(places: Places): Promise<VaultState> {
  const { store } = places;
  let root: Buffer;
  try {
    root = await store.read();
  } catch (error) {
    if (!(error instanceof KeychainRefusal)) throw error;
    // The keyring was locked between the probe and the reading.
    const { message, next = '' } = error;
    return error.state === 'locked'
      ? { state: 'locked', message, next }
      : withoutKeychain(places, error.refused());
  }
  const vault = await adopted(places, store, root, null);
  return vault ? { state: 'found', vault } : withoutKeychain(places, foreignRoot);
}

function underPassphrase(places: Places): VaultState {
  return {
    state: 'passphrase',
    unlock: async (passphrase, signal) => {
      const { sealed } = places;
      const { root, created } = await sealed.open(passphrase, signal);
      const vault = await adopted(places, sealed, root, created);
      if (vault) return vault;
      throw new Failure(
        'refused',
        'The root key in root.age is not the one that this profile was made with. Nothing was changed.',
        {
          next: 'Import the backup of this profile (sotto keys import FILE --replace), or use another profile.',
          reason: 'data-damaged',
        },
      );
    },
  };
}

function withoutKeychain(places: Places, { message, next }: Refused): VaultState {
  return {
    state: 'unavailable',
    message,
    next,
    create: ({ passphrase, ...rest }) => createSealed(places, passphrase, rest),
  };
}

/** A vault with this root key, which becomes the vault's; nothing when the records were made with another one. */
async function adopted(
  { file }: Places,
  place: RootPlace & { readonly profileName: string },
  root: Buffer,
  created: number | null,
): Promise<Vault | undefined> {
  try {
    const records = Records.open(file);
    if (await records.closeOnError(() => Promise.resolve(adopt(records, root, created)))) {
      return new Vault({ root, records, store: place, profileName: place.profileName });
    }
    records.close();
    root.fill(0);
    return undefined;
  } catch (error) {
    root.fill(0);
    throw error;
  }
}

/** Only one process gets to the inner part at a time, and it asks the keychain again: of two that race, one creates. */
async function create(places: Places, { replace = false }: CreateOptions): Promise<Vault> {
  const { store, sealed, file } = places;
  // Asked before the records are opened too: nothing is written while the keychain refuses.
  await store.isPresent();
  const records = Records.open(file);
  const root = await records.closeOnError(async () => {
    await giveUpLostRoot(
      records,
      replace,
      lostRoot,
      async () => !sealed.exists() && !(await store.isPresent()),
    );
    return await records.exclusively(async () => {
      if (sealed.exists() || (await store.isPresent())) return undefined;
      const made = generateRootKey();
      await store.write(made);
      records.setRoot({ check: rootCheck(made), created: Date.now() });
      return made;
    });
  });
  if (root !== undefined) return new Vault({ root, records, store, profileName: store.profileName });
  records.close();
  // Another process was first.
  return foundVault(sealed.exists() ? underPassphrase(places) : await open(places));
}

/** The same in `root.age`. What takes a second, scrypt, is done before others have to wait. */
async function createSealed(
  places: Places,
  passphrase: string,
  { replace = false, signal }: CreateOptions,
): Promise<Vault> {
  const { store, sealed, file } = places;
  checkNewPassphrase(passphrase);
  const lost = await refuseKeychainRoot(store);
  if (hasHadRoot(file) && !replace && !sealed.exists()) throw lost();
  const made = { root: generateRootKey(), created: Date.now() };
  const bytes = await sealRoot(made, passphrase, { signal });
  const records = Records.open(file);
  const isOurs = await records.closeOnError(async () => {
    await giveUpLostRoot(records, replace, lost, () => Promise.resolve(!sealed.exists()));
    return await records.exclusively(async () => {
      if (sealed.exists()) return false;
      await refuseKeychainRoot(store);
      await sealed.put(bytes);
      records.setRoot({ check: rootCheck(made.root), created: made.created });
      return true;
    });
  });
  if (isOurs) return new Vault({ root: made.root, records, store: sealed, profileName: sealed.profileName });
  records.close();
  made.root.fill(0);
  // Another process was first; with the same passphrase its key is this one's too.
  const state = underPassphrase(places);
  return state.state === 'passphrase' ? await state.unlock(passphrase, signal) : foundVault(state);
}

/**
 * Before a lost root key is replaced, the records forget it, in a step of its own: a crash between this and the new
 * key leaves a profile without a root key, and never one whose key does not fit its records.
 */
async function giveUpLostRoot(
  records: Records,
  replace: boolean,
  lost: () => Failure,
  isAbsent: () => Promise<boolean>,
): Promise<void> {
  await records.exclusively(async () => {
    if (records.root() === undefined || !(await isAbsent())) return;
    if (!replace) throw lost();
    records.setRoot(undefined);
    records.nextEpoch(Date.now());
  });
}

/**
 * A passphrase stands in for a keychain that has no root key, or that is not there; never for a locked one.
 * @returns what to say where the profile has had a root key
 */
async function refuseKeychainRoot(store: RootStore): Promise<() => Failure> {
  const presence = await store.probe();
  switch (presence.state) {
    case 'absent':
      return lostRoot;
    case 'unavailable':
      return unreachableRoot;
    case 'locked':
      throw new Failure('refused', `${presence.message} It may hold the root key of this profile.`, {
        next: presence.next,
        reason: 'keychain-locked',
      });
    case 'found':
      throw new Failure('refused', 'The keychain holds a root key of this name. No other was made.', {
        next: 'To keep it under a passphrase: sotto keys export FILE, then sotto keys import FILE --storage passphrase',
      });
  }
}

function ephemeralVault(profileName: string): Vault {
  const root = generateRootKey();
  const records = Records.inMemory();
  records.setRoot({ check: rootCheck(root), created: Date.now() });
  return new Vault({ root, records, store: undefined, profileName });
}

/** `false` when the records were made with another root key. */
function adopt(records: Records, root: Buffer, created: number | null): boolean {
  const check = rootCheck(root);
  return records.transaction(() => {
    const known = records.root();
    // The records were lost, or this folder is new: the root key is taken as it is.
    if (known === undefined) records.setRoot({ check, created });
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
    'The root key of this profile is gone: neither the keychain nor its folder holds it. No other was made in its place.',
    {
      next: 'Import its backup (sotto keys import FILE). To give up what was encrypted under it: sotto keys create --replace',
      reason: 'keys-lost',
    },
  );
}

function unreachableRoot(): Failure {
  return new Failure(
    'refused',
    'This profile has a root key, in a keychain that cannot be reached now. No other was made in its place.',
    {
      next: 'Start the keychain, or import a backup (sotto keys import FILE --storage passphrase). To give up what was encrypted under the key: sotto keys create --passphrase --replace',
      reason: 'keychain-unavailable',
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
