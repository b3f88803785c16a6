/** The files of a bundle on disk: found inside their folder, of the right length, with the right hash. */
import { createHash } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import type { BundleFile } from './manifest.ts';

const chunkBytes = 1 << 20;
const again = { next: 'Install or build the pack again.', reason: 'pack-damaged' } as const;

/**
 * The absolute path of a bundle's file.
 * @throws Failure `pack` when it is missing or a link leads it out of the bundle.
 */
export async function fileOf(dir: string, path: string): Promise<string> {
  const root = await realpath(dir).catch(() => dir);
  const found = await realpath(join(root, path)).catch(() => {
    throw new Failure('pack', `The pack at ${dir} lacks its file ${path}.`, again);
  });
  if (!found.startsWith(root + sep)) {
    throw new Failure('pack', `The pack at ${dir} has a file ${path} that lies outside of it.`, again);
  }
  return found;
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
  const handle = await open(await fileOf(dir, file.path), 'r');
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
