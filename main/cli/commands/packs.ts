import { basename } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../../../app/failure/failure.ts';
import { byteCount } from '../../../app/receipt/wording.ts';
import { installFromFolder, installFromServer } from '../../packs/install.ts';
import { findPack, listPacks } from '../../packs/list.ts';
import type { Pack } from '../../packs/pack.ts';
import { removePack } from '../../packs/remove.ts';
import { verifyPack } from '../../packs/verify.ts';
import { packPlaces } from '../../services/pack-places.ts';
import { openProfile } from '../../services/profile.ts';
import { connectNamed } from '../../services/server-choice.ts';
import type { CommandContext } from '../context.ts';
import { readSecretFile } from '../input.ts';
import { print } from '../print.ts';

interface PacksOptions {
  readonly json?: boolean;
  readonly server?: string;
  readonly tokenFile?: string;
}

export function registerPacks(program: Command, context: CommandContext): void {
  const packs = program.command('packs').description('model packs on this machine');
  const command = (name: string, description: string) =>
    packs.command(name).description(description).option('--json', 'one JSON object');

  command('list', 'the packs that there are').action((options) => list(options));
  command('install', "install a pack from a folder, or with --server from a server's offer")
    .argument('<folder or name>')
    .option('--server <url>', 'fetch the client bundle from this server')
    .option('--token-file <file>', "file with the server's bearer token")
    .action((from: string, options) => install(from, options, context));
  command('verify', "check the hash of every file, of a server's half too where it is there")
    .argument('[pack]', 'name or folder; the default pack without it')
    .action((name: string | undefined, options) => verify(name, options, context));
  command('remove', 'remove an installed pack')
    .argument('<name>')
    .action((name: string, options) => remove(name, options));
}

async function list(options: PacksOptions): Promise<void> {
  const packs = await listPacks(packPlaces(openProfile()));
  // A script finds the same fields in a damaged one: the folder's name is what `remove` takes.
  const listed = packs.map((pack) =>
    'problem' in pack ? { name: basename(pack.path), bytes: 0, ...pack } : pack,
  );
  print(options.json, { packs: listed }, () =>
    packs
      .map((pack) =>
        'problem' in pack
          ? `${pack.path}  damaged: ${pack.problem}`
          : `${pack.name}${pack.default ? ' (default)' : ''}  ${byteCount(pack.bytes)}  ${pack.path}`,
      )
      .join('\n'),
  );
}

async function install(from: string, options: PacksOptions, context: CommandContext): Promise<void> {
  const profile = openProfile();
  const pack =
    options.server === undefined
      ? await installFromFolder(from, profile.packsDir, context.signal)
      : await fetchPack(from, options.server, options, context);
  print(
    options.json,
    { name: pack.name, path: pack.root, bytes: pack.bytes },
    () => `Installed ${pack.name}.`,
  );
}

async function fetchPack(
  name: string,
  address: string,
  options: PacksOptions,
  { terminal, signal }: CommandContext,
): Promise<Pack> {
  const profile = openProfile();
  const token = options.tokenFile === undefined ? undefined : await readSecretFile(options.tokenFile);
  const connection = await connectNamed({
    address,
    profile,
    ...(token === undefined ? {} : { token }),
    signal,
  });
  try {
    const offered = await connection.packs(signal);
    const wanted = offered.find((pack) => pack.name === name);
    if (!wanted) {
      throw new Failure('pack', `The server has no pack named ${name}.`, {
        next: `It has: ${offered.map((pack) => pack.name).join(', ') || 'none'}.`,
      });
    }
    const pack = await installFromServer(
      {
        name: wanted.name,
        id: hex(wanted.id),
        files: wanted.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256: hex(sha256) })),
        fetch: (path, offset, fetchSignal) => connection.fetchBundle(wanted.id, path, offset, fetchSignal),
      },
      profile.packsDir,
      { signal, onProgress: (done, all) => terminal.progress(`${byteCount(done)} of ${byteCount(all)}`) },
    );
    terminal.clear();
    return pack;
  } finally {
    connection.close();
  }
}

async function verify(
  name: string | undefined,
  options: PacksOptions,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const root = await findPack(packPlaces(openProfile()), name);
  const { pack, files } = await verifyPack(root, signal, (done, all) =>
    terminal.progress(`${byteCount(done)} of ${byteCount(all)}`),
  );
  terminal.clear();
  print(
    options.json,
    { name: pack.name, path: pack.root, files, verified: true },
    () => `${pack.name}: ${files} files, every hash is right.`,
  );
}

async function remove(name: string, options: PacksOptions): Promise<void> {
  await removePack(openProfile().packsDir, name);
  print(options.json, { removed: name }, () => `Removed ${name}.`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
