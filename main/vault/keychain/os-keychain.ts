/**
 * The real keychain: the Secret Service on Linux, the login keychain on macOS, the Credential Manager on
 * Windows. Linux is tested against a real GNOME Keyring (test/keychain). On macOS and Windows the same calls
 * run without the probe, and are untested.
 */
import { callKeyring } from './call.ts';
import { KeychainRefusal } from './keychain.ts';
import type { Credential, Keychain, Presence } from './keychain.ts';
import { probeSecretService } from './secret-service.ts';

export interface OsKeychainOptions {
  /** How long one call may take, an answer to an unlock prompt included. */
  readonly limitMs?: number;
  readonly platform?: NodeJS.Platform;
}

export function osKeychain(options: OsKeychainOptions = {}): Keychain {
  const { limitMs = 20_000, platform = process.platform } = options;
  const getPassword = async (service: string, account: string) =>
    (await callKeyring({ operation: 'get', service, account }, limitMs)) as string | null;

  return {
    getPassword,
    probe: (service, account) =>
      platform === 'linux'
        ? probeSecretService(service, account)
        : probeByReading(getPassword, service, account),
    async setPassword(service, account, password) {
      await callKeyring({ operation: 'set', service, account, password }, limitMs);
    },
    async deletePassword(service, account) {
      return (await callKeyring({ operation: 'delete', service, account }, limitMs)) as boolean;
    },
    async findCredentials(service) {
      return (await callKeyring({ operation: 'find', service }, limitMs)) as Credential[];
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
