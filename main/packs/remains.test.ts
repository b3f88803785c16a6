import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepDownloadsDays, nameForCopying, nameForFetching, removeRemains } from './remains.ts';

const dayMs = 24 * 3600 * 1000;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sotto-remains-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A folder with a file in it that was written so many days ago. */
async function place(name: string, days = 0): Promise<void> {
  const folder = join(dir, name, 'client');
  const file = join(folder, 'weights.bin');
  const time = new Date(Date.now() - days * dayMs);
  await mkdir(folder, { recursive: true });
  await writeFile(file, 'half');
  for (const path of [file, folder, join(dir, name)]) await utimes(path, time, time);
}

it('copies of a process that is gone go, whatever their age; those of one that is there stay', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  const [own, gone] = [nameForCopying(), `.installing-${child.pid}-half`];
  await place(own, 400);
  await place(gone);
  await removeRemains(dir);
  expect(await readdir(dir)).toEqual([own]);
});

it('downloads go when nobody has gone on with them for long', async () => {
  const [young, old, goneOnWith] = ['aa', 'bb', 'cc'].map(nameForFetching) as [string, string, string];
  await place(young, keepDownloadsDays - 1);
  await place(old, keepDownloadsDays + 1);
  await place(goneOnWith, keepDownloadsDays + 1);
  await writeFile(join(dir, goneOnWith, 'client', 'weights.bin'), 'half and more');
  await removeRemains(dir);
  expect((await readdir(dir)).sort()).toEqual([young, goneOnWith].sort());
});

it('packs, and what nobody here has made, stay', async () => {
  for (const name of ['small', '.installing-', '.installing-x-y', '.other', 'fetching-aa'])
    await place(name, 400);
  await removeRemains(dir);
  expect(await readdir(dir)).toHaveLength(5);
  await removeRemains(join(dir, 'nowhere'));
});
