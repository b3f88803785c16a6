/**
 * The operating system's keychain as Sotto sees it: keytar's four calls, and `probe`.
 *
 * keytar itself was archived in 2022; its interface is what other programs' authors know. `probe` is what it
 * lacked: an answer that tells an absent entry from a keychain that cannot be read now. A key is created on
 * `absent` alone.
 */
import { Failure } from '../../../app/failure/failure.ts';

export interface Credential {
  readonly account: string;
  readonly password: string;
}

/** Whether an entry is there. `locked` and `unavailable` say why, and what the user can do. */
export type Presence = { readonly state: 'found' } | { readonly state: 'absent' } | Refused;

export interface Refused {
  readonly state: 'locked' | 'unavailable';
  readonly message: string;
  readonly next: string;
}

/** Every call throws `KeychainRefusal` when the keychain is locked or unavailable. */
export interface Keychain {
  /** Never puts a prompt on the screen where that can be avoided (Linux); never throws a refusal: returns it. */
  probe(service: string, account: string): Promise<Presence>;
  getPassword(service: string, account: string): Promise<string | null>;
  /** Replaces what is there. */
  setPassword(service: string, account: string, password: string): Promise<void>;
  /** `false` when there was nothing to delete. */
  deletePassword(service: string, account: string): Promise<boolean>;
  findCredentials(service: string): Promise<Credential[]>;
}

/** The keychain could not be read or written now. Nothing was changed. */
export class KeychainRefusal extends Failure {
  readonly state: 'locked' | 'unavailable';

  constructor(state: 'locked' | 'unavailable', message: string, next: string) {
    super('refused', message, { next, reason: `keychain-${state}` });
    this.state = state;
  }

  refused(): Refused {
    return { state: this.state, message: this.message, next: this.next ?? '' };
  }
}

/** What `probe` answered, as the error that a caller gets who cannot go on. */
export function refusal({ state, message, next }: Refused): KeychainRefusal {
  return new KeychainRefusal(state, message, next);
}

/** The keyring is there, but closed. */
export function locked(what: string): KeychainRefusal {
  return new KeychainRefusal(
    'locked',
    `${what} No key was read, created or changed.`,
    'Unlock the keyring (log in to the desktop, or open the keyring manager), then try again.',
  );
}

/** No prompt was answered within the limit. */
export function unanswered(seconds: number): KeychainRefusal {
  return new KeychainRefusal(
    'locked',
    `The keychain did not answer within ${seconds} s; an unlock prompt may be on the screen.`,
    'Answer the prompt, or unlock the keyring, then try again.',
  );
}

/** There is no keychain to talk to, or it has no place for a key. */
export function unavailable(
  what: string,
  next = 'Start a desktop session with a keyring (GNOME Keyring, KWallet, KeePassXC), keep the key under a passphrase instead (sotto keys create --passphrase), or pass --ephemeral-keys for keys that last one run.',
): KeychainRefusal {
  return new KeychainRefusal('unavailable', `${what} No key was read, created or changed.`, next);
}
