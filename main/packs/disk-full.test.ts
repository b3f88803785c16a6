/** Installing onto a disk that is too small: a file system of one page, mounted for the test where that is allowed. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { mayMount, mountSmallDisk } from '../../test/disk/small-disk.ts';
import type { SmallDisk } from '../../test/disk/small-disk.ts';
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

describe.skipIf(!mayMount)('a full disk', () => {
  /** @param pages of 4 KiB, folders included */
  async function onSmallDisk(
    pages: number,
    work: (packsDir: string, mounted: SmallDisk) => Promise<void>,
  ): Promise<void> {
    const mounted = mountSmallDisk(disk, pages << 12);
    try {
      await work(disk, mounted);
    } finally {
      mounted.unmount();
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
    await onSmallDisk(4, async (packsDir, mounted) => {
      await expect(installFromServer(source, packsDir, { signal })).rejects.toMatchObject({
        code: 'pack',
        reason: 'disk-full',
      });
      const before = fetched.length;
      mounted.resize(1 << 20);
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
    await expect(withRoom('/packs', '', work)).rejects.toMatchObject({ reason: 'disk-full' });
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'])('names the folder for %s', async (code) => {
    const work = () => Promise.reject(Object.assign(new Error(code), { code }));
    await expect(withRoom('/packs', '', work)).rejects.toMatchObject({
      code: 'pack',
      message: expect.stringContaining(`/packs cannot be written (${code})`) as string,
      reason: undefined,
    });
  });

  it('leaves other errors alone', async () => {
    const failure = new Failure('server', 'gone');
    await expect(withRoom('/packs', '', () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
