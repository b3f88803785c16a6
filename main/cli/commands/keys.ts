import { existsSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';
import { bundledServerName } from '../../../app/contract/servers.ts';
import { Failure } from '../../../app/failure/failure.ts';
import { parseServerAddress } from '../../egress/address.ts';
import { filePinStore } from '../../egress/pins.ts';
import { deletePendingKeys } from '../../services/pending-keys.ts';
import type { Deletions, ReachForDeletion } from '../../services/pending-keys.ts';
import { openProfile } from '../../services/profile.ts';
import type { Profile } from '../../services/profile.ts';
import { connectKnown } from '../../services/server-choice.ts';
import { importBackup } from '../../vault/import-backup.ts';
import type { ImportOptions } from '../../vault/import-backup.ts';
import { foundVault, openVault } from '../../vault/open-vault.ts';
import type { VaultState } from '../../vault/open-vault.ts';
import type { Vault, VaultStatus } from '../../vault/vault.ts';
import type { CommandContext } from '../context.ts';
import { readSecretFile } from '../input.ts';
import { print } from '../print.ts';
import { openProfileVault } from '../profile-vault.ts';

interface KeysOptions {
  readonly json?: boolean;
  readonly replace?: boolean;
  readonly force?: boolean;
  /** Asks for a new passphrase on the terminal. */
  readonly passphrase?: boolean;
  /** The profile's; for `export` and `import` the backup's. */
  readonly passphraseFile?: string;
  readonly profilePassphraseFile?: string;
  readonly storage?: 'keychain' | 'passphrase';
  readonly server?: string;
  readonly tokenFile?: string;
}

export function registerKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('the secret keys of this machine: they are never sent');
  const command = (name: string, description: string) =>
    keys.command(name).description(description).option('--json', 'one JSON object');

  const ofProfile = [
    '--passphrase-file <file>',
    'file with the passphrase of a profile that is under one',
  ] as const;
  const ofProfileToo = [
    '--profile-passphrase-file <file>',
    'the same for the passphrase of the profile',
  ] as const;

  command('status', 'where the root key is, and which servers hold evaluation keys')
    .option(...ofProfile)
    .action((options) => status(options, context));
  command('create', 'make a root key in the OS keychain, if there is none')
    .option('--passphrase', 'keep it under a passphrase instead, which the terminal asks for')
    .option('--passphrase-file <file>', 'keep it under the passphrase in this file instead')
    .option('--replace', 'give up a root key that is gone, and what was encrypted under it')
    .action((options) => create(options, context));
  const ofToken = ['--server <url>', 'the one server that the token of --token-file is for'] as const;
  const token = ['--token-file <file>', "file with that server's bearer token; needs --server"] as const;
  command('rotate', 'new session keys; the old ones are deleted at their servers')
    .option(...ofToken)
    .option(...token)
    .option(...ofProfile)
    .action((options) => retire(options, context, (vault) => vault.rotate()));
  command('revoke', 'retire every session key now, here and at the servers')
    .option(...ofToken)
    .option(...token)
    .option(...ofProfile)
    .action((options) => retire(options, context, (vault) => vault.revoke()));
  command('export', 'write the root key to an age file under a passphrase')
    .argument('<file>')
    .option(
      '--passphrase-file <file>',
      'read the passphrase of the backup from a file instead of the terminal',
    )
    .option(...ofProfileToo)
    .option('--force', 'overwrite an existing file')
    .action((file: string, options) => exportTo(file, options, context));
  command('import', 'take the root key from an age file')
    .argument('<file>')
    .option(
      '--passphrase-file <file>',
      'read the passphrase of the backup from a file instead of the terminal',
    )
    .addOption(
      new Option(
        '--storage <place>',
        'where to keep it: the OS keychain, or this profile under a passphrase',
      ).choices(['keychain', 'passphrase']),
    )
    .option(...ofProfileToo)
    .option('--replace', 'give up the root key that this profile has now')
    .action((file: string, options) => importFrom(file, options, context));
}

const profileVault = () => {
  const profile = openProfile();
  return { profileDir: profile.dir, profileName: profile.name };
};

async function status(options: KeysOptions, context: CommandContext): Promise<void> {
  // Looking is no reason to ask for a passphrase: without its file a closed vault is reported as closed.
  const state =
    options.passphraseFile === undefined
      ? await openVault(profileVault())
      : await openProfileVault(openProfile(), options, context);
  switch (state.state) {
    case 'found': {
      const facts = state.vault.status();
      state.vault.close();
      return print(options.json, { state: 'found', ...facts }, () => describe(facts));
    }
    case 'absent':
      return print(options.json, { state: 'absent', lost: state.lost }, () =>
        state.lost
          ? 'absent: this profile had a root key, and it is gone.\nImport its backup: sotto keys import FILE'
          : 'absent: there is no root key yet.\nMake one: sotto keys create',
      );
    case 'passphrase':
      return refuse(options, {
        state: 'locked',
        storage: 'passphrase',
        message: 'The root key of this profile is under a passphrase, which was not given.',
        next: 'Give it with --passphrase-file FILE.',
      });
    case 'locked':
    case 'unavailable':
      return refuse(options, { state: state.state, message: state.message, next: state.next });
  }
}

function refuse(
  options: KeysOptions,
  facts: {
    readonly state: 'locked' | 'unavailable';
    readonly storage?: 'passphrase';
    readonly message: string;
    readonly next: string;
  },
): void {
  print(options.json, facts, () => `${facts.state}: ${facts.message}\n${facts.next}`);
  process.exitCode = 3;
}

async function create(options: KeysOptions, context: CommandContext): Promise<void> {
  const state = await openVault(profileVault());
  const replace = options.replace === true;
  if (options.passphrase !== true && options.passphraseFile === undefined) {
    const vault = state.state === 'absent' ? await state.create({ replace }) : foundVault(state);
    return reportCreated(options, vault, state.state === 'absent');
  }
  if (state.state === 'passphrase') {
    throw new Failure('refused', 'This profile is under a passphrase already. Nothing was changed.', {
      next: 'See it: sotto keys status --passphrase-file FILE',
    });
  }
  if (state.state === 'absent' || state.state === 'unavailable') {
    const passphrase = await newPassphrase(options.passphraseFile, 'Passphrase', context);
    const vault = await state.create({ passphrase, replace, signal: context.signal });
    return reportCreated(options, vault, true);
  }
  if (state.state === 'found') {
    state.vault.close();
    throw new Failure('refused', 'There is a root key in the OS keychain already. Nothing was changed.', {
      next: 'To keep it under a passphrase: sotto keys export FILE, then sotto keys import FILE --storage passphrase',
    });
  }
  foundVault(state);
}

function reportCreated(options: KeysOptions, vault: Vault, made: boolean): void {
  const facts = vault.status();
  vault.close();
  const where = facts.storage === 'passphrase' ? 'under the passphrase' : 'in the OS keychain';
  print(options.json, { state: 'found', made, ...facts }, () =>
    made
      ? `A root key was made ${where}. Back it up: sotto keys export FILE`
      : 'There is a root key already. Nothing was changed.',
  );
}

async function openedVault(options: KeysOptions, context: CommandContext): Promise<Vault> {
  const state: VaultState = await openProfileVault(openProfile(), options, context);
  return foundVault(state);
}

async function retire(
  options: KeysOptions,
  context: CommandContext,
  change: (vault: Vault) => unknown,
): Promise<void> {
  const profile = openProfile();
  const credential = await credentialOf(options);
  const vault = await openedVault(options, context);
  try {
    change(vault);
    const deletions = await deletePendingKeys(vault, reachWith(profile, credential, context), context.signal);
    print(options.json, { state: 'found', ...vault.status(), deletions }, () => describeDeletions(deletions));
  } finally {
    vault.close();
  }
}

interface Credential {
  /** As the vault names the server. */
  readonly server: string;
  readonly token: string;
}

/** A token is one provider's: no other may see it. @throws Failure `usage` without its server, or the other way round */
async function credentialOf({ server, tokenFile }: KeysOptions): Promise<Credential | undefined> {
  if (server !== undefined && tokenFile !== undefined) {
    const { url } = parseServerAddress(server, { allowInsecureLoopback: true });
    return { server: url, token: await readSecretFile(tokenFile) };
  }
  if (server === undefined && tokenFile === undefined) return undefined;
  throw new Failure('usage', '--token-file and --server belong together. Nothing was changed.', {
    next: 'Name the one server that the token is for; sotto keys status lists those with evaluation keys.',
  });
}

/** Servers of the command line have no entries: each but the one that the token is for is asked without one. */
function reachWith(
  profile: Profile,
  credential: Credential | undefined,
  { signal }: CommandContext,
): ReachForDeletion {
  const pins = filePinStore(profile.pinsFile);
  return async (server) => {
    if (server === bundledServerName) return { reason: 'it runs only while an answer is made' };
    const token = server === credential?.server ? { token: credential.token } : {};
    const known = await connectKnown({ address: server, pins, signal, ...token });
    return known ?? { reason: 'its certificate is not known here' };
  };
}

async function exportTo(file: string, options: KeysOptions, context: CommandContext): Promise<void> {
  const vault = await openedVault(ofProfile(options), context);
  try {
    if (existsSync(file) && !options.force) {
      throw new Failure('usage', `${file} exists. It was not overwritten.`, {
        next: 'Pass --force to overwrite it.',
      });
    }
    const passphrase = await newPassphrase(options.passphraseFile, 'Passphrase of the backup', context);
    await vault.exportBackup(file, passphrase, { force: options.force, signal: context.signal });
    print(
      options.json,
      { state: 'found', file },
      () => `Written to ${file}. Whoever has this file and the passphrase has the keys.`,
    );
  } finally {
    vault.close();
  }
}

async function importFrom(file: string, options: KeysOptions, context: CommandContext): Promise<void> {
  const passphrase =
    options.passphraseFile === undefined
      ? await context.terminal.secret('Passphrase of the backup')
      : await readSecretFile(options.passphraseFile);
  const vault = await importBackup({
    ...profileVault(),
    file,
    passphrase,
    storage: await storageOf(options, context),
    replace: options.replace,
    signal: context.signal,
  });
  const facts = vault.status();
  vault.close();
  print(
    options.json,
    { state: 'found', ...facts },
    () => 'The root key was imported. New session keys will be used.',
  );
}

async function storageOf(options: KeysOptions, context: CommandContext): Promise<ImportOptions['storage']> {
  if (options.storage !== 'passphrase') return options.storage;
  const question = 'Passphrase for this profile';
  return { passphrase: await newPassphrase(options.profilePassphraseFile, question, context) };
}

/** `export` and `import` have `--passphrase-file` for the backup. */
function ofProfile({ profilePassphraseFile }: KeysOptions): KeysOptions {
  return profilePassphraseFile === undefined ? {} : { passphraseFile: profilePassphraseFile };
}

async function newPassphrase(
  file: string | undefined,
  question: string,
  { terminal }: CommandContext,
): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  const first = await terminal.secret(question);
  const second = await terminal.secret('Again');
  if (first !== second) throw new Failure('usage', 'The two passphrases differ. Nothing was written.');
  return first;
}

function describe(facts: VaultStatus): string {
  const place =
    facts.storage === 'passphrase'
      ? 'in this profile under a passphrase (root.age)'
      : `in the OS keychain (service Sotto, account ${facts.profile})`;
  const lines = [
    `found: the root key is ${place}.`,
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
