/** The vault of the profile, open or not: what the services of the application share of main/vault. */
import type { KeyState } from '../../app/contract/keys.ts';
import { Failure } from '../../app/failure/failure.ts';
import { refusal } from '../vault/keychain/keychain.ts';
import type { Keychain } from '../vault/keychain/keychain.ts';
import { foundVault, importBackup, openVault } from '../vault/open-vault.ts';
import type { VaultState } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import type { CreateVault, ImportVault, VaultKeeper } from './app-context.ts';
import { createListeners } from './listeners.ts';
import type { Profile } from './profile.ts';

export interface VaultKeeperOptions {
  readonly profile: Pick<Profile, 'dir' | 'name'>;
  readonly keychain: Keychain;
  /** Keys in memory alone. */
  readonly ephemeral?: boolean;
  /** The process is ending: work on a passphrase stops. */
  readonly signal: AbortSignal;
  /** How long the first answer of the keychain is waited for; an unlock prompt may be on the screen. Milliseconds. */
  readonly patienceMs?: number;
}

/** What was found last. `closed` is the user's own wish, and `asking` a keychain that has not answered yet. */
type Held =
  | VaultState
  | { readonly state: 'asking' }
  | { readonly state: 'closed' }
  /** The records are damaged, or the keychain holds something else: for the user to mend. */
  | { readonly state: 'failed'; readonly failure: Failure };

/** Asks for the vault, and answers once that is known, or after a second. */
export async function createVaultKeeper(options: VaultKeeperOptions): Promise<VaultKeeper> {
  const { profile, keychain, signal, patienceMs = 1000 } = options;
  const place = { profileDir: profile.dir, profileName: profile.name, keychain };
  const listeners = createListeners<KeyState>();
  let held: Held = { state: 'asking' };
  let ended = false;

  const hold = (next: Held): KeyState => {
    const before = held;
    if (ended && next.state === 'found') next.vault.close();
    held = ended ? { state: 'closed' } : next;
    if (before.state === 'found' && before !== next) before.vault.close();
    listeners.tell(stateOf(held));
    return stateOf(held);
  };
  const holdVault = (vault: Vault) => hold({ state: 'found', vault });
  const ask = () => openVault({ ...place, ...(options.ephemeral ? { ephemeral: true } : {}) });

  /** One change at a time: two that overlap could leave a vault open that nobody holds. */
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const refresh = async (): Promise<KeyState> => {
    if (held.state === 'found') return stateOf(held);
    try {
      return hold(await ask());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return hold({ state: 'failed', failure: error });
    }
  };

  const create = async (wish: CreateVault): Promise<KeyState> => {
    if (held.state === 'found') throw alreadyThere();
    const state = await ask();
    if (state.state === 'passphrase') {
      hold(state);
      throw alreadyThere();
    }
    if (state.state === 'found') {
      // Another process made it meanwhile: it is this profile's.
      holdVault(state.vault);
      if (wish.storage === 'passphrase') throw alreadyThere();
      return stateOf(held);
    }
    hold(state);
    if (state.state === 'locked') throw refusal(state);
    if (wish.storage === 'passphrase') {
      const { passphrase, replace } = wish;
      return holdVault(await state.create({ passphrase, replace, signal }));
    }
    if (state.state === 'unavailable') throw refusal(state);
    return holdVault(await state.create({ replace: wish.replace }));
  };

  const unlock = async (passphrase: string): Promise<KeyState> => {
    if (held.state === 'found') return stateOf(held);
    const state = await ask();
    if (state.state !== 'passphrase') {
      hold(state);
      foundVault(state);
      return stateOf(held);
    }
    if (held.state !== 'passphrase') hold(state);
    return holdVault(await state.unlock(passphrase, signal));
  };

  const take = async ({ text, passphrase, replace, storage }: ImportVault): Promise<KeyState> => {
    const now = await storageNow();
    const wanted = storage ?? now;
    const vault = await importBackup({
      ...place,
      file: { text },
      passphrase,
      replace,
      storage: wanted === 'passphrase' ? { passphrase } : 'keychain',
      signal,
    });
    return holdVault(vault);
  };

  /** Where the root key of the profile is, whether or not it can be read now. */
  const storageNow = async (): Promise<'keychain' | 'passphrase'> => {
    if (held.state === 'passphrase') return 'passphrase';
    if (held.state === 'found') return held.vault.storage === 'passphrase' ? 'passphrase' : 'keychain';
    const state = await ask();
    if (state.state === 'found') state.vault.close();
    return state.state === 'passphrase' ? 'passphrase' : 'keychain';
  };

  const lock = async (): Promise<KeyState> => {
    if (held.state !== 'found') return stateOf(held);
    // A vault in memory alone would be gone with its keys.
    if (held.vault.storage === 'memory') {
      throw new Failure('usage', 'Keys that last one run cannot be locked. Nothing was changed.');
    }
    return hold(held.vault.storage === 'passphrase' ? await ask() : { state: 'closed' });
  };

  const first = oneByOne(refresh);
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
  // A later answer is told when it comes.
  first.catch(() => undefined);

  return {
    state: () => stateOf(held),
    require() {
      switch (held.state) {
        case 'asking':
        case 'closed':
          throw refusal(held.state === 'asking' ? asking : closed);
        case 'failed':
          throw held.failure;
        default:
          return foundVault(held);
      }
    },
    current: () => (held.state === 'found' ? held.vault : undefined),
    onChange: (listener) => listeners.add(listener),
    refresh: () => oneByOne(refresh),
    create: (wish) => oneByOne(() => create(wish)),
    unlock: (passphrase) => oneByOne(() => unlock(passphrase)),
    importBackup: (wish) => oneByOne(() => take(wish)),
    lock: () => oneByOne(lock),
    close() {
      ended = true;
      if (held.state === 'found') held.vault.close();
      held = { state: 'closed' };
    },
  };
}

function stateOf(held: Held): KeyState {
  switch (held.state) {
    case 'found': {
      const { keys, ...facts } = held.vault.status();
      return { state: 'found', ...facts, keys: keys.map((key) => ({ ...key, servers: [...key.servers] })) };
    }
    case 'absent':
      return { state: 'absent', lost: held.lost };
    case 'passphrase':
      return { state: 'passphrase' };
    case 'locked':
    case 'unavailable':
      return { state: held.state, message: held.message, next: held.next };
    case 'failed':
      return { state: 'unavailable', message: held.failure.message, next: held.failure.next ?? '' };
    case 'asking':
      return asking;
    case 'closed':
      return closed;
  }
}

const asking = {
  state: 'locked',
  message: 'The keychain has not answered yet; an unlock prompt may be on the screen. Nothing was sent.',
  next: 'Answer the prompt, then try again.',
} as const;

const closed = {
  state: 'locked',
  message: 'Sotto is locked. History and keys cannot be read until it is opened again.',
  next: 'Open it again.',
} as const;

function alreadyThere(): Failure {
  return new Failure('refused', 'This profile has a root key already. Nothing was changed.', {
    next: 'Use it as it is, or import a backup in its place.',
  });
}
