/** A keychain in memory whose state a test sets. It never asks anybody anything. */
import { KeychainRefusal, locked, unavailable } from './keychain.ts';
import type { Credential, Keychain, Presence } from './keychain.ts';

export class MemoryKeychain implements Keychain {
  readonly entries = new Map<string, string>();
  state: 'open' | 'locked' | 'unavailable' = 'open';

  async probe(service: string, account: string): Promise<Presence> {
    try {
      return { state: (await this.getPassword(service, account)) === null ? 'absent' : 'found' };
    } catch (error) {
      if (error instanceof KeychainRefusal) return error.refused();
      throw error;
    }
  }

  getPassword(service: string, account: string): Promise<string | null> {
    return this.#use((entries) => entries.get(`${service}/${account}`) ?? null);
  }

  setPassword(service: string, account: string, password: string): Promise<void> {
    return this.#use((entries) => void entries.set(`${service}/${account}`, password));
  }

  deletePassword(service: string, account: string): Promise<boolean> {
    return this.#use((entries) => entries.delete(`${service}/${account}`));
  }

  findCredentials(service: string): Promise<Credential[]> {
    const prefix = `${service}/`;
    return this.#use((entries) =>
      [...entries]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, password]) => ({ account: name.slice(prefix.length), password })),
    );
  }

  #use<T>(work: (entries: Map<string, string>) => T): Promise<T> {
    if (this.state === 'locked') return Promise.reject(locked('The keyring is locked.'));
    if (this.state === 'unavailable') {
      return Promise.reject(unavailable('There is no keychain here that answers.'));
    }
    return Promise.resolve(work(this.entries));
  }
}
