/** Installing onto a disk that is too small: a file system of one page, mounted for the test where that is allowed. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { withRoom } from './disk-full.ts';
import { installFromFolder, installFromServer } from './install.ts';
import type { SmallPack } from './small-pack.fixture.ts';
import { sha256, writeSmallPack } from './small-pack.fixture.ts';

let disk: string;
let small: SmallPack;
beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), 'sotto-disk-'));
  small = await writeSmallPack();
});
afterEach(async () => {
  await rm(small.root, { recursive: true, force: true });
  await rm(disk, { recursive: true, force: true });
});

function mayMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', tmpdir(), '--fake'], { stdio: 'ignore' });
    return process.getuid?.() === 0 && process.platform === 'linux';
  } catch {
    return false;
  }
}
const mounts = mayMount();
if (!mounts) console.log('skipped: the disk-full tests mount a file system, which needs root on Linux');

describe.skipIf(!mounts)('a full disk', () => {
  /** @param pages of 4 KiB, folders included */
  async function onSmallDisk(pages: number, work: (packsDir: string) => Promise<void>): Promise<void> {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${4 * pages}k`, 'none', disk]);
    try {
      await work(disk);
    } finally {
      execFileSync('umount', [disk]);
    }
  }

  it('is said while a folder is copied, and nothing is left', () =>
    onSmallDisk(4, async (packsDir) => {
      await expect(installFromFolder(small.root, packsDir)).rejects.toMatchObject({
        code: 'pack',
        reason: 'disk-full',
      });
      expect(await readdir(packsDir)).toEqual([]);
    }));

  it('is said while a server’s pack is fetched; with room it goes on where it ended', async () => {
    const manifest = await readFile(join(small.root, 'client', 'manifest.json'));
    const fetched: string[] = [];
    const source = {
      name: 'small',
      id: String(small.manifest.pack),
      files: [
        { path: 'manifest.json', bytes: manifest.length, sha256: sha256(manifest) },
        ...small.manifest.files,
      ],
      async *fetch(path: string, offset: number) {
        fetched.push(path);
        yield (await readFile(join(small.root, 'client', path))).subarray(offset);
      },
    };
    const { signal } = new AbortController();
    await onSmallDisk(4, async (packsDir) => {
      await expect(installFromServer(source, packsDir, { signal })).rejects.toMatchObject({
        code: 'pack',
        reason: 'disk-full',
      });
      const before = fetched.length;
      execFileSync('mount', ['-o', 'remount,size=1m', packsDir]);
      const pack = await installFromServer(source, packsDir, { signal });
      expect(pack.name).toBe('small');
      // The files that were there already are not fetched again.
      expect(fetched.length - before).toBeLessThanOrEqual(source.files.length - before + 1);
      expect(await readdir(packsDir)).toEqual(['small']);
    });
  });
});

describe('withRoom', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('tells %s from other errors', async (code) => {
    const work = () => Promise.reject(Object.assign(new Error(code), { code }));
    await expect(withRoom('', work)).rejects.toMatchObject({ reason: 'disk-full' });
  });

  it('leaves other errors alone', async () => {
    const failure = new Failure('server', 'gone');
    await expect(withRoom('', () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
