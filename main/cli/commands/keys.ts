import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Failure } from '../../../app/failure/failure.ts';
import { deletePendingKeys } from '../../services/pending-keys.ts';
import type { Deletions } from '../../services/pending-keys.ts';
import { openProfile } from '../../services/profile.ts';
import { importBackup } from '../../vault/import-backup.ts';
import { foundVault, openVault } from '../../vault/open-vault.ts';
import type { Vault, VaultStatus } from '../../vault/vault.ts';
import type { CommandContext } from '../context.ts';
import { readSecretFile } from '../input.ts';
import { print } from '../print.ts';

interface KeysOptions {
  readonly json?: boolean;
  readonly replace?: boolean;
  readonly force?: boolean;
  readonly passphraseFile?: string;
  readonly tokenFile?: string;
}

export function registerKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('the keys of this machine: they never leave it');
  const command = (name: string, description: string) =>
    keys.command(name).description(description).option('--json', 'one JSON object');

  command('status', 'where the root key is, and which servers hold evaluation keys').action((options) =>
    status(options),
  );
  command('create', 'make a root key in the OS keychain, if there is none')
    .option('--replace', 'give up a root key that is gone, and what was encrypted under it')
    .action((options) => create(options));
  command('rotate', 'new session keys; the old ones are deleted at their servers')
    .option('--token-file <file>', "the servers' bearer token")
    .action((options) => retire(options, context, (vault) => vault.rotate()));
  command('revoke', 'retire every session key now, here and at the servers')
    .option('--token-file <file>', "the servers' bearer token")
    .action((options) => retire(options, context, (vault) => vault.revoke()));
  command('export', 'write the root key to an age file under a passphrase')
    .argument('<file>')
    .option('--passphrase-file <file>', 'read the passphrase from a file instead of the terminal')
    .option('--force', 'overwrite an existing file')
    .action((file: string, options) => exportTo(file, options, context));
  command('import', 'take the root key from an age file')
    .argument('<file>')
    .option('--passphrase-file <file>', 'read the passphrase from a file instead of the terminal')
    .option('--replace', 'give up the root key that this profile has now')
    .action((file: string, options) => importFrom(file, options, context));
}

const profileVault = () => {
  const profile = openProfile();
  return { profileDir: profile.dir, profileName: profile.name };
};

async function status(options: KeysOptions): Promise<void> {
  const state = await openVault(profileVault());
  switch (state.state) {
    case 'found': {
      const facts = state.vault.status();
      state.vault.close();
      return print(options.json, { state: 'found', ...facts }, () => describe(facts));
    }
    case 'absent':
      return print(options.json, { state: 'absent', lost: state.lost }, () =>
        state.lost
          ? 'absent: this profile had a root key, and it is gone from the keychain.\nImport its backup: sotto keys import FILE'
          : 'absent: there is no root key yet.\nMake one: sotto keys create',
      );
    case 'locked':
    case 'unavailable': {
      const { state: name, message, next } = state;
      print(options.json, { state: name, message, next }, () => `${name}: ${message}\n${next}`);
      process.exitCode = 3;
    }
  }
}

async function create(options: KeysOptions): Promise<void> {
  const state = await openVault(profileVault());
  const created = state.state === 'absent';
  const vault = created ? await state.create(options.replace ? { replace: true } : {}) : foundVault(state);
  const facts = vault.status();
  vault.close();
  print(options.json, { state: 'found', made: created, ...facts }, () =>
    created
      ? 'A root key was made in the OS keychain. Back it up: sotto keys export FILE'
      : 'There is a root key already. Nothing was changed.',
  );
}

async function retire(
  options: KeysOptions,
  context: CommandContext,
  change: (vault: Vault) => unknown,
): Promise<void> {
  const profile = openProfile();
  const vault = foundVault(await openVault(profileVault()));
  try {
    change(vault);
    const token = options.tokenFile === undefined ? undefined : await readSecretFile(options.tokenFile);
    const deletions = await deletePendingKeys(vault, profile, token, context.signal);
    print(options.json, { state: 'found', ...vault.status(), deletions }, () => describeDeletions(deletions));
  } finally {
    vault.close();
  }
}

async function exportTo(file: string, options: KeysOptions, context: CommandContext): Promise<void> {
  const vault = foundVault(await openVault(profileVault()));
  try {
    if (existsSync(file) && !options.force) {
      throw new Failure('usage', `${file} exists. It was not overwritten.`, {
        next: 'Pass --force to overwrite it.',
      });
    }
    const passphrase = await newPassphrase(options, context);
    await vault.exportBackup(file, passphrase, options.force ? { force: true } : {});
    print(
      options.json,
      { file },
      () => `Written to ${file}. Whoever has this file and the passphrase has the keys.`,
    );
  } finally {
    vault.close();
  }
}

async function importFrom(file: string, options: KeysOptions, context: CommandContext): Promise<void> {
  const passphrase =
    options.passphraseFile === undefined
      ? await context.terminal.secret('Passphrase')
      : await readSecretFile(options.passphraseFile);
  const vault = await importBackup({
    ...profileVault(),
    file,
    passphrase,
    ...(options.replace ? { replace: true } : {}),
  });
  const facts = vault.status();
  vault.close();
  print(
    options.json,
    { state: 'found', ...facts },
    () => 'The root key was imported. New session keys will be used.',
  );
}

async function newPassphrase(options: KeysOptions, context: CommandContext): Promise<string> {
  if (options.passphraseFile !== undefined) return readSecretFile(options.passphraseFile);
  const first = await context.terminal.secret('Passphrase');
  const second = await context.terminal.secret('Again');
  if (first !== second) throw new Failure('usage', 'The two passphrases differ. Nothing was written.');
  return first;
}

function describe(facts: VaultStatus): string {
  const lines = [
    `found: the root key is in the OS keychain (service Sotto, account ${facts.profile}).`,
    `made ${facts.created ?? 'at an unknown time'}, last used ${facts.lastUsed ?? 'never'}, epoch ${facts.epoch}`,
  ];
  for (const key of facts.keys) {
    const state = key.retired === null ? 'in use' : `retired ${key.retired}`;
    const servers = key.servers.length === 0 ? 'at no server' : `at ${key.servers.join(', ')}`;
    lines.push(`key ${key.keyId}  ${key.scope}  ${state}, evaluation keys ${servers}`);
  }
  return lines.join('\n');
}

function describeDeletions(deletions: Deletions): string {
  const lines = ['The session keys were retired.'];
  for (const { server } of deletions.deleted) lines.push(`Deleted at ${server}.`);
  for (const { server, reason } of deletions.pending) {
    lines.push(`Not yet deleted at ${server} (${reason}); this is tried again when it is next reached.`);
  }
  return lines.join('\n');
}
