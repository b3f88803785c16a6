/** Files that only their owner may read, written as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The ending of a file that is being written. One that a crash left behind is of no use to anybody. */
export const draftEnding = '.new';

/**
 * Writes all of it, on the disk when it returns, mode 0600.
 * @throws what the file system says: `EEXIST` when the file is there and `replace` is not set.
 */
export async function writePrivateFile(file: string, bytes: Uint8Array, replace: boolean): Promise<void> {
  const draft = `${file}.${randomUUID()}${draftEnding}`;
  try {
    await writeNew(draft, bytes);
    if (replace) await rename(draft, file);
    else await linkOrWrite(draft, file, bytes);
    await syncFolder(dirname(file));
  } finally {
    await rm(draft, { force: true });
  }
}

/** What `link` says where the file system has no second name for a file, as FAT, exFAT and some network disks. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Without links the file is written in its place: a crash in the middle leaves a part of it. */
async function linkOrWrite(draft: string, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (!noLinks.has(errorCode(error))) throw error;
    await writeNew(file, bytes);
  }
}

/** Writes a file that is not there, and leaves none that is not whole. */
async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/**
 * Makes a file that is not there yet, mode 0600, and the folder that it is in. It is filled under another name, then
 * linked: whoever finds the file finds it complete, also after a crash. When another process was first, its file stays.
 * @param fill puts everything into the draft, and on the disk.
 */
export function makePrivateFile(file: string, fill: (draft: string) => void): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}${draftEnding}`;
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    fill(draft);
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes a change of a folder's entries last. Windows has no such thing, and does not let folders be opened. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's name for what went wrong. */
export function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
