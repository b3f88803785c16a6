/** The files of a bundle on disk: found inside their folder, of the right length, with the right hash. */
import { createHash } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import type { BundleFile } from './manifest.ts';
import { codeOf } from './system-error.ts';

const chunkBytes = 1 << 20;
const again = { next: 'Install or build the pack again.', reason: 'pack-damaged' } as const;
const absent = ['ENOENT', 'ENOTDIR'];

/**
 * The absolute path of a bundle's file.
 * @throws Failure `pack` when it is missing, a link leads it out of the bundle, or this user may not look.
 */
export async function fileOf(dir: string, path: string): Promise<string> {
  const root = await realpath(dir).catch(() => dir);
  const found = await realpath(join(root, path)).catch((error: unknown) => {
    if (!isAbsent(error)) throw unreadable(join(dir, path), error);
    throw new Failure('pack', `The pack at ${dir} lacks its file ${path}.`, again);
  });
  if (!found.startsWith(root + sep)) {
    throw new Failure('pack', `The pack at ${dir} has a file ${path} that lies outside of it.`, again);
  }
  return found;
}

/** Opens a bundle's file to read it. @throws as `fileOf` */
export async function openFile(dir: string, path: string): Promise<FileHandle> {
  const found = await fileOf(dir, path);
  return await open(found, 'r').catch((error: unknown) => {
    throw unreadable(found, error);
  });
}

/** Whether the file system says that there is nothing of this name. */
export function isAbsent(error: unknown): boolean {
  return absent.includes(codeOf(error));
}

/** A file that is there, which is no damage: installing the pack again would not mend it. */
export function unreadable(path: string, error: unknown): Failure {
  return new Failure('pack', `${path} cannot be read (${codeOf(error)}).`, {
    next: 'Mend its permissions, or look whether its disk is well.',
    cause: error,
  });
}

/**
 * Reads a file to its end and compares length and SHA-256; `onBytes` gets the length of each part that was read.
 * The hash shows damage; it does not show who made the pack.
 * @throws Failure `pack` naming the file and what differs.
 */
export async function verifyFile(
  dir: string,
  file: BundleFile,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  const wrong = (what: string) =>
    new Failure('pack', `The pack at ${dir} is damaged: ${file.path} ${what}.`, again);
  const handle = await openFile(dir, file.path);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw wrong('is not a file');
    if (facts.size !== file.bytes) throw wrong(`has ${facts.size} bytes instead of ${file.bytes}`);
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, file.bytes)));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      onBytes?.(bytesRead);
    }
    if (hash.digest('hex') !== file.sha256) throw wrong('does not have the hash that the manifest names');
  } finally {
    await handle.close();
  }
}

/** Verifies every file, one after another. @throws as `verifyFile`. */
export async function verifyFiles(
  dir: string,
  files: readonly BundleFile[],
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  for (const file of files) await verifyFile(dir, file, signal, onBytes);
}

/** Length of all the files. */
export function bytesOf(files: readonly BundleFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}
