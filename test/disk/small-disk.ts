/** A disk that is soon full: a file system of a few pages, mounted for a test where that is allowed. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount; a line on the console where it may not. */
export const mayMount = triesToMount();
if (!mayMount) console.log('skipped: the disk-full tests mount a file system, which needs root on Linux');

function triesToMount(): boolean {
  if (process.platform !== 'linux') return false;
  const folder = mkdtempSync(join(tmpdir(), 'sotto-mount-'));
  try {
    mountSmallDisk(folder, 1 << 12).unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SmallDisk {
  /** Makes it larger, or smaller as far as it is empty. */
  resize(bytes: number): void;
  /** Takes all the room that is left; the returned function gives it back. */
  fill(): () => void;
  unmount(): void;
}

/** Mounts a disk of so many bytes at a folder. */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder], { stdio: 'pipe' });
  return {
    resize: (size) => execFileSync('mount', ['-o', `remount,size=${size}`, folder]),
    fill() {
      const path = join(folder, 'filler');
      const file = openSync(path, 'w');
      // The last page too: a large piece does not fit long before.
      for (const piece of [1 << 20, 1 << 12]) writeUntilFull(file, Buffer.alloc(piece));
      closeSync(file);
      return () => rmSync(path);
    },
    unmount: () => execFileSync('umount', [folder]),
  };
}

function writeUntilFull(file: number, piece: Buffer): void {
  try {
    for (;;) writeSync(file, piece);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
