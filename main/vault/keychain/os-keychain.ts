/**
 * The real keychain: the Secret Service on Linux, the login keychain on macOS, the Credential Manager on
 * Windows. Linux is tested against a real GNOME Keyring (test/keychain). On macOS and Windows the same calls
 * run without the probe, and are untested.
 */
import { callKeyring } from './call.ts';
import type { KeychainRunner } from './call.ts';
import { forkNode } from './fork-node.ts';
import { KeychainRefusal } from './keychain.ts';
import type { Credential, Keychain, Presence } from './keychain.ts';
import { runKeychainChild } from './run-child.ts';
import { probeSecretService } from './secret-service.ts';

export interface OsKeychainOptions {
  /** How long one call may take, an answer to an unlock prompt included. */
  readonly limitMs?: number;
  readonly platform?: NodeJS.Platform;
  /** How one call is run; a process that may not start a child of its own has its host do it. */
  readonly run?: KeychainRunner;
}

const runInChild: KeychainRunner = (request, limitMs) => runKeychainChild(forkNode, request, limitMs);

export function osKeychain(options: OsKeychainOptions = {}): Keychain {
  const { limitMs = 20_000, platform = process.platform, run = runInChild } = options;
  const getPassword = async (service: string, account: string) =>
    (await callKeyring(run, { operation: 'get', service, account }, limitMs)) as string | null;

  return {
    getPassword,
    probe: (service, account) =>
      platform === 'linux'
        ? probeSecretService(service, account)
        : probeByReading(getPassword, service, account),
    async setPassword(service, account, password) {
      await callKeyring(run, { operation: 'set', service, account, password }, limitMs);
    },
    async deletePassword(service, account) {
      return (await callKeyring(run, { operation: 'delete', service, account }, limitMs)) as boolean;
    },
    async findCredentials(service) {
      return (await callKeyring(run, { operation: 'find', service }, limitMs)) as Credential[];
    },
  };
}

async function probeByReading(
  getPassword: Keychain['getPassword'],
  service: string,
  account: string,
): Promise<Presence> {
  try {
    return { state: (await getPassword(service, account)) === null ? 'absent' : 'found' };
  } catch (error) {
    if (error instanceof KeychainRefusal) return error.refused();
    throw error;
  }
}
