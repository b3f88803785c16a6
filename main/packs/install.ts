/**
 * Installs packs into the profile: from a folder, or from a server file by file. A pack is built up in a hidden folder
 * beside its place and moved there in one step when every hash is right, so that a half pack is never seen.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';
import { bytesOf, fileOf, verifyFile, verifyFiles } from './bundle.ts';
import { withRoom } from './disk-full.ts';
import type { BundleFile } from './manifest.ts';
import { announcementSchema, maxManifestBytes } from './manifest.ts';
import type { Pack } from './pack.ts';
import { clientFolder, manifestFile, openPack, readPack, serverFolder } from './pack.ts';
import { nameForCopying, nameForFetching, removeRemains } from './remains.ts';
import { verifiedServerBundle } from './server-bundle.ts';
import type { OnProgress } from './verify.ts';

/**
 * Copies a pack, its server bundle included where it has one.
 * @throws Failure `pack` for a damaged pack, a name that is taken by another one, or a disk that takes no more; `cancelled` by the signal's reason.
 */
export async function installFromFolder(
  source: string,
  packsDir: string,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<Pack> {
  const pack = await openPack(source, signal);
  const server = await verifiedServerBundle(pack, signal);
  await refuseTaken(packsDir, pack.name);
  await removeRemains(packsDir);
  const building = join(packsDir, nameForCopying());
  const all = bytesOf(pack.files) + bytesOf(server?.files ?? []);
  let copied = 0;
  const count = (bytes: number) => onProgress?.((copied += bytes), all);
  onProgress?.(0, all);
  return withRoom(packsDir, 'Nothing of it was kept.', async () => {
    try {
      await copyBundle(pack.dir, join(building, clientFolder), pack.files, signal, count);
      if (server) await copyBundle(server.dir, join(building, serverFolder), server.files, signal, count);
      await openPack(building, signal);
      return await moveIntoPlace(building, packsDir, pack.name);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  });
}

/** Where a client bundle can be fetched from; `main/egress` implements it on a server's `FetchBundle`. */
export interface BundleSource {
  readonly name: string;
  /** The pack's id: SHA-256 of its server manifest, lower-case hex. */
  readonly id: string;
  /** Every file of the client bundle, the manifest included. */
  readonly files: readonly BundleFile[];
  /** A file's bytes from `offset` to its end. */
  fetch(path: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (fetched: number, all: number) => void;
}

const maxBundleBytes = 64 * 2 ** 30;
/**
 * Fetches a client bundle. What was fetched is kept for a while when it breaks off, and the next call goes on behind it. The
 * hashes come from the same server: they show damage on the way, not an honest provider.
 * @throws Failure `pack` when the server's list or a file does not fit; what `source.fetch` throws.
 */
export async function installFromServer(
  source: BundleSource,
  packsDir: string,
  options: FetchOptions,
): Promise<Pack> {
  const { name, id, files } = checkedSource(source);
  const building = join(packsDir, nameForFetching(id));
  const client = join(building, clientFolder);
  await refuseTaken(packsDir, name);
  await removeRemains(packsDir);
  const all = bytesOf(files);
  // All that is there already is told first: a transfer that is gone on with does not begin at nothing again.
  let fetched = 0;
  for (const file of files) fetched += await bytesThere(client, file);
  options.onProgress?.(fetched, all);
  await withRoom(packsDir, 'What was fetched is kept.', async () => {
    for (const file of files) {
      await fetchFile(source, client, file, options.signal, (bytes) => {
        fetched += bytes;
        options.onProgress?.(fetched, all);
      });
    }
  });
  const pack = await readPack(building);
  if (pack.id !== id || pack.name !== name) {
    await rm(building, { recursive: true, force: true });
    throw new Failure(
      'pack',
      `The server's pack ${name} holds another pack's manifest. Nothing was installed.`,
    );
  }
  await verifyFiles(client, pack.files, options.signal);
  return moveIntoPlace(building, packsDir, name);
}

function checkedSource(source: BundleSource): v.InferOutput<typeof announcementSchema> {
  const parsed = v.safeParse(announcementSchema, source);
  const manifest = parsed.success
    ? parsed.output.files.find((file) => file.path === manifestFile)
    : undefined;
  const total = parsed.success ? bytesOf(parsed.output.files) : 0;
  if (!parsed.success || !manifest || manifest.bytes > maxManifestBytes || total > maxBundleBytes) {
    throw new Failure('pack', "The server's list of the pack's files is not one. Nothing was fetched.");
  }
  return parsed.output;
}

/** How much of a file was fetched before; nothing of one that is longer than it should be. */
async function bytesThere(dir: string, file: BundleFile): Promise<number> {
  const there = (await stat(join(dir, file.path)).catch(() => undefined))?.size ?? 0;
  return there > file.bytes ? 0 : there;
}

/** Fetches what is missing of a file. `count` gets the bytes that come. */
async function fetchFile(
  source: BundleSource,
  dir: string,
  file: BundleFile,
  signal: AbortSignal,
  count: (bytes: number) => void,
): Promise<void> {
  const path = join(dir, file.path);
  await mkdir(dirname(path), { recursive: true });
  const offset = await bytesThere(dir, file);
  const handle = await open(path, offset === 0 ? 'w' : 'a', 0o600);
  try {
    let at = offset;
    if (at < file.bytes) {
      for await (const chunk of source.fetch(file.path, at, signal)) {
        at += chunk.length;
        if (at > file.bytes)
          throw new Failure('pack', `The server sent more of ${file.path} than it announced.`);
        await handle.writeFile(chunk);
        count(chunk.length);
      }
    }
  } finally {
    await handle.close();
  }
  await verifyFile(dir, file, signal).catch(async (error: unknown) => {
    // A whole file that is another one is thrown away; one that was only not read to its end is kept.
    const isWrong = error instanceof Failure && error.reason === 'pack-damaged';
    if (isWrong && (await stat(path)).size >= file.bytes) await rm(path, { force: true });
    throw error;
  });
}

async function copyBundle(
  from: string,
  to: string,
  files: readonly BundleFile[],
  signal: AbortSignal | undefined,
  count: (bytes: number) => void,
): Promise<void> {
  for (const { path, bytes } of [{ path: manifestFile, bytes: 0 }, ...files]) {
    signal?.throwIfAborted();
    await mkdir(dirname(join(to, path)), { recursive: true });
    await copyFile(await fileOf(from, path), join(to, path), constants.COPYFILE_EXCL);
    count(bytes);
  }
}

async function refuseTaken(packsDir: string, name: string): Promise<void> {
  const place = join(packsDir, name);
  if ((await stat(place).catch(() => undefined)) === undefined) return;
  throw new Failure('pack', `A pack named ${name} is installed already.`, {
    next: `Remove it first: sotto packs remove ${name}`,
    reason: 'pack-taken',
  });
}

async function moveIntoPlace(building: string, packsDir: string, name: string): Promise<Pack> {
  const place = join(packsDir, name);
  await rename(building, place).catch((cause: unknown) => {
    throw new Failure('pack', `The pack could not be moved to ${place}.`, { cause });
  });
  return readPack(place);
}
