import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import type { BundleSource } from './install.ts';
import { installFromFolder, installFromServer } from './install.ts';
import { findPack, listPacks } from './list.ts';
import { openPack } from './pack.ts';
import { removePack } from './remove.ts';
import type { SmallPack } from './small-pack.fixture.ts';
import { sha256, writeSmallPack } from './small-pack.fixture.ts';

let small: SmallPack;
let packsDir: string;
let fetches: string[];
const signal = new AbortController().signal;

beforeEach(async () => {
  small = await writeSmallPack();
  packsDir = join(await mkdtemp(join(tmpdir(), 'sotto-packs-')), 'packs');
  await mkdir(packsDir);
  fetches = [];
});
afterEach(() =>
  Promise.all([small.root, join(packsDir, '..')].map((path) => rm(path, { recursive: true, force: true }))),
);

/** A server's bundle; `breakAfter` bytes the connection drops, once. */
async function source(breakAfter = Infinity): Promise<BundleSource> {
  const manifest = await readFile(join(small.root, 'client', 'manifest.json'));
  let left = breakAfter;
  return {
    name: 'small',
    id: String(small.manifest.pack),
    files: [
      { path: 'manifest.json', bytes: manifest.length, sha256: sha256(manifest) },
      ...small.manifest.files,
    ],
    async *fetch(path, offset) {
      fetches.push(`${path}@${offset}`);
      for (const byte of (await readFile(join(small.root, 'client', path))).subarray(offset)) {
        if (left-- === 0) {
          left = Infinity;
          throw new Failure('server', 'The connection dropped.');
        }
        yield Uint8Array.of(byte);
      }
    },
  };
}

describe('from a folder', () => {
  it('copies both halves and leaves nothing else behind', async () => {
    const pack = await installFromFolder(small.root, packsDir);
    expect(pack.root).toBe(join(packsDir, 'small'));
    expect(await readdir(packsDir)).toEqual(['small']);
    await expect(openPack(pack.root)).resolves.toMatchObject({ id: small.manifest.pack });
    expect(await readdir(join(pack.root, 'server'))).toEqual(['manifest.json', 'matrices.bin']);
  });
  it('installs the client half alone where there is no other', async () => {
    await rm(join(small.root, 'server'), { recursive: true });
    const pack = await installFromFolder(small.root, packsDir);
    expect(await readdir(pack.root)).toEqual(['client']);
  });
  it('refuses a damaged pack and leaves nothing behind', async () => {
    await writeFile(join(small.root, 'client', 'head.onnx'), 'HEAD');
    await expect(installFromFolder(small.root, packsDir)).rejects.toMatchObject({ code: 'pack' });
    expect(await readdir(packsDir)).toEqual([]);
  });
  it("refuses another pack's server half", async () => {
    await writeFile(join(small.root, 'server', 'manifest.json'), '{}');
    await expect(installFromFolder(small.root, packsDir)).rejects.toThrow(/server half is of another pack/);
  });
  it('refuses a damaged server half', async () => {
    await writeFile(join(small.root, 'server', 'matrices.bin'), new Uint8Array(24));
    await expect(installFromFolder(small.root, packsDir)).rejects.toThrow(
      /matrices\.bin does not have the hash/,
    );
  });
  it('refuses a name that is taken', async () => {
    await installFromFolder(small.root, packsDir);
    await expect(installFromFolder(small.root, packsDir)).rejects.toThrow(/installed already/);
  });
});

describe('from a server', () => {
  it('fetches every file and verifies the whole', async () => {
    const progress: number[] = [];
    const pack = await installFromServer(await source(), packsDir, {
      signal,
      onProgress: (fetched, all) => progress.push(fetched / all),
    });
    expect(progress.at(-1)).toBe(1);
    expect(await readdir(packsDir)).toEqual(['small']);
    await expect(openPack(pack.root)).resolves.toMatchObject({ name: 'small' });
  });
  it('goes on where a broken download ended', async () => {
    const manifestBytes = (await readFile(join(small.root, 'client', 'manifest.json'))).length;
    const broken = await source(manifestBytes + 2 + 10);
    await expect(installFromServer(broken, packsDir, { signal })).rejects.toMatchObject({ code: 'server' });
    expect(await listPacks({ defaultPack: small.root, packsDir })).toHaveLength(1);
    fetches = [];
    const progress: number[] = [];
    await installFromServer(broken, packsDir, { signal, onProgress: (fetched) => progress.push(fetched) });
    expect(fetches[0]).toBe('weights.bin@10');
    // From the first word on: what is there is not counted up file by file.
    expect(progress[0]).toBe(manifestBytes + 2 + 10);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });
  it('throws away a file whose hash is wrong, so that the next call fetches it anew', async () => {
    const honest = await source();
    const lying: BundleSource = {
      ...honest,
      async *fetch(path, offset, abort) {
        for await (const chunk of honest.fetch(path, offset, abort))
          yield path === 'head.onnx' ? Uint8Array.of(0) : chunk;
      },
    };
    await expect(installFromServer(lying, packsDir, { signal })).rejects.toThrow(
      /head\.onnx does not have the hash/,
    );
    await expect(installFromServer(honest, packsDir, { signal })).resolves.toMatchObject({ name: 'small' });
  });
  it('keeps a whole file when it is stopped while the hash is computed', async () => {
    const stop = new AbortController();
    const onProgress = (fetched: number, all: number) => {
      if (fetched === all) stop.abort(new Failure('cancelled', 'Stopped.'));
    };
    await expect(
      installFromServer(await source(), packsDir, { signal: stop.signal, onProgress }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    fetches = [];
    await expect(installFromServer(await source(), packsDir, { signal })).resolves.toMatchObject({
      name: 'small',
    });
    expect(fetches).toEqual([]);
  });
  it('stops at the first byte over what was announced', async () => {
    const honest = await source();
    const endless: BundleSource = {
      ...honest,
      async *fetch() {
        for (;;) yield await Promise.resolve(new Uint8Array(1000));
      },
    };
    await expect(installFromServer(endless, packsDir, { signal })).rejects.toThrow(
      /more of manifest\.json than/,
    );
  });
  it('refuses a list that is not one before it fetches', async () => {
    const honest = await source();
    const bad: BundleSource[] = [
      { ...honest, name: '../up' },
      { ...honest, id: 'short' },
      { ...honest, files: honest.files.slice(1) },
      { ...honest, files: [...honest.files, { path: '../x', bytes: 1, sha256: sha256('x') }] },
      { ...honest, files: [...honest.files, { path: 'x', bytes: 2 ** 50, sha256: sha256('x') }] },
    ];
    for (const wrong of bad) {
      await expect(installFromServer(wrong, packsDir, { signal })).rejects.toThrow(/Nothing was fetched/);
    }
    expect(fetches).toEqual([]);
  });
  it('refuses a bundle of another pack', async () => {
    const other = { ...(await source()), id: 'f'.repeat(64) };
    await expect(installFromServer(other, packsDir, { signal })).rejects.toThrow(/another pack's manifest/);
    expect(await readdir(packsDir)).toEqual([]);
  });
});

describe('list, find, remove', () => {
  it('lists the default pack first, and says what is wrong with a damaged one', async () => {
    await installFromFolder(small.root, packsDir);
    await mkdir(join(packsDir, 'broken'));
    const packs = await listPacks({ defaultPack: small.root, packsDir });
    expect(packs).toMatchObject([
      { name: 'small', default: true, path: small.root },
      { default: false, problem: expect.stringContaining('manifest.json is missing') as string },
      { name: 'small', default: false, path: join(packsDir, 'small') },
    ]);
  });
  it('finds a pack by name or path', async () => {
    const places = { defaultPack: small.root, packsDir: join(packsDir, 'none') };
    expect(await findPack(places)).toBe(small.root);
    expect(await findPack(places, 'small')).toBe(small.root);
    expect(await findPack(places, './some/where')).toBe('./some/where');
    await expect(findPack(places, 'other')).rejects.toMatchObject({ code: 'pack', next: 'There is: small.' });
  });
  it('removes an installed pack, and nothing outside of the folder', async () => {
    await installFromFolder(small.root, packsDir);
    for (const wrong of ['other', '..', '../packs', '.', '']) {
      await expect(removePack(packsDir, wrong)).rejects.toMatchObject({ code: 'pack' });
    }
    await removePack(packsDir, 'small');
    expect(await readdir(packsDir)).toEqual([]);
  });
});
