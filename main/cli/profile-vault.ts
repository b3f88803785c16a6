/** Opens the vault of a profile for a command; asks for the passphrase where the profile is under one. */
import type { Profile } from '../services/profile.ts';
import { openVault } from '../vault/open-vault.ts';
import type { VaultState } from '../vault/open-vault.ts';
import type { CommandContext } from './context.ts';
import { readSecretFile } from './input.ts';

export interface ProfileVaultOptions {
  readonly ephemeralKeys?: boolean;
  /** Of the profile's passphrase; without it the terminal is asked, where there is one. */
  readonly passphraseFile?: string;
}

/**
 * Any state of `openVault`; `passphrase` only where nobody could be asked.
 * @throws as `openVault` and its `unlock`
 */
export async function openProfileVault(
  profile: Profile,
  options: ProfileVaultOptions,
  { terminal, signal }: CommandContext,
): Promise<VaultState> {
  const state = await openVault({
    profileDir: profile.dir,
    profileName: profile.name,
    ephemeral: options.ephemeralKeys === true,
  });
  if (state.state !== 'passphrase') return state;
  if (options.passphraseFile === undefined && !terminal.canAsk) return state;
  const passphrase =
    options.passphraseFile === undefined
      ? await terminal.secret('Passphrase of this profile')
      : await readSecretFile(options.passphraseFile);
  return { state: 'found', vault: await state.unlock(passphrase, signal) };
}
