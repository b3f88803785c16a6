/** The root key of one profile in the keychain: service `Sotto`, account = the profile's name. */
import { Failure } from '../../app/failure/failure.ts';
import { refusal, unavailable } from './keychain/keychain.ts';
import type { Keychain, Presence } from './keychain/keychain.ts';
import { decodeRootKey, encodeRootKey } from './root-key.ts';
import type { RootPlace } from './root-place.ts';

export const keychainService = 'Sotto';

export class RootStore implements RootPlace {
  readonly storage = 'keychain';
  readonly profileName: string;
  readonly #keychain: Keychain;

  /** @throws Failure `usage` unless the name is 1 to 64 letters, digits, `.`, `_` or `-`. */
  constructor(keychain: Keychain, profileName: string) {
    if (!/^[\w.-]{1,64}$/.test(profileName)) {
      throw new Failure(
        'usage',
        'A profile is named with 1 to 64 letters, digits, dots, dashes or underscores.',
      );
    }
    this.#keychain = keychain;
    this.profileName = profileName;
  }

  probe(): Promise<Presence> {
    return this.#keychain.probe(keychainService, this.profileName);
  }

  /** @throws Failure `refused` when it is locked or unavailable. */
  async isPresent(): Promise<boolean> {
    const presence = await this.probe();
    if (presence.state === 'found') return true;
    if (presence.state === 'absent') return false;
    throw refusal(presence);
  }

  /** The caller zeroises it. @throws KeychainRefusal, or Failure `refused` when the entry is no root key. */
  async read(): Promise<Buffer> {
    const text = await this.#keychain.getPassword(keychainService, this.profileName);
    if (text === null)
      throw unavailable('The key disappeared from the keychain while it was read.', 'Try again.');
    return decodeRootKey(text);
  }

  /** Writes, and reads back: a keychain that forgets is found out before anything is encrypted. */
  async write(root: Uint8Array): Promise<void> {
    await this.#keychain.setPassword(keychainService, this.profileName, encodeRootKey(root));
    if (!(await this.holds(root)))
      throw unavailable('The keychain did not keep the key as it was given.', 'Try again.');
  }

  async holds(root: Uint8Array): Promise<boolean> {
    const kept = await this.read();
    const same = kept.equals(root);
    kept.fill(0);
    return same;
  }

  /** @throws Failure `refused` when the keychain is locked or unavailable. */
  async delete(): Promise<void> {
    if (await this.isPresent()) await this.#keychain.deletePassword(keychainService, this.profileName);
  }
}
