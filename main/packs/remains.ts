/** What installs left in the folder of packs that did not come to their end. */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './system-error.ts';

/** Unfinished downloads are kept so long after their last byte. */
export const keepDownloadsDays = 14;

const dayMs = 24 * 3600 * 1000;
const copying = /^\.installing-(\d+)-/;
const fetching = '.fetching-';

/** The name of a folder to build a pack in, which is nobody's once this process has ended. */
export function nameForCopying(): string {
  return `.installing-${process.pid}-${randomUUID()}`;
}

/** The name of the folder that a pack is fetched into, by whoever fetches it next. @param id of the pack, hex */
export function nameForFetching(id: string): string {
  return `${fetching}${id}`;
}

/**
 * Removes copies whose process is gone, and downloads that nobody has gone on with for a fortnight. What cannot be removed
 * stays: it is in nobody's way but the disk's.
 * @param now milliseconds since 1970
 */
export async function removeRemains(packsDir: string, now = Date.now()): Promise<void> {
  const names = await readdir(packsDir).catch(() => []);
  for (const name of names) {
    const path = join(packsDir, name);
    const isLeft =
      isOfEndedProcess(name) ||
      (name.startsWith(fetching) && now - (await lastWritten(path)) > keepDownloadsDays * dayMs);
    if (isLeft) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isOfEndedProcess(name: string): boolean {
  const pid = Number(copying.exec(name)?.[1] ?? 0);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Any other refusal is that of a process which is there.
    return codeOf(error) === 'ESRCH';
  }
}

/** When anything in a folder was written last; now where that cannot be seen. */
async function lastWritten(folder: string): Promise<number> {
  try {
    const inside = await readdir(folder, { recursive: true });
    const times = await Promise.all(
      ['.', ...inside].map(async (name) => (await stat(join(folder, name))).mtimeMs),
    );
    return Math.max(...times);
  } catch {
    return Infinity;
  }
}
