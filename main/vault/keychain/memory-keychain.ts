/** A keychain in memory whose state a test sets. It never asks anybody anything. */
import { KeychainRefusal, locked, unavailable } from './keychain.ts';
import type { Keychain } from './keychain.ts';

export class MemoryKeychain implements Keychain {
  readonly entries = new Map<string, string>();
  state: 'open' | 'locked' | 'unavailable' = 'open';

  async probe(service: string, account: string) {
    try {
      return { state: (await this.getPassword(service, account)) === null ? 'absent' : 'found' } as const;
    } catch (error) {
      if (error instanceof KeychainRefusal) return error.presence();
      throw error;
    }
  }

  async getPassword(service: string, account: string) {
    return this.#open().get(`${service}/${account}`) ?? null;
  }

  async setPassword(service: string, account: string, password: string) {
    this.#open().set(`${service}/${account}`, password);
  }

  async deletePassword(service: string, account: string) {
    return this.#open().delete(`${service}/${account}`);
  }

  async findCredentials(service: string) {
    return [...this.#open()]
      .filter(([name]) => name.startsWith(`${service}/`))
      .map(([name, password]) => ({ account: name.slice(service.length + 1), password }));
  }

  #open(): Map<string, string> {
    if (this.state === 'locked') throw locked('The keyring is locked.');
    if (this.state === 'unavailable') throw unavailable('There is no keychain here that answers.');
    return this.entries;
  }
}
