import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writePrivateFile } from './private-file.ts';

const linking = vi.hoisted(() => ({ refused: undefined as string | undefined }));
vi.mock(import('node:fs/promises'), async (original) => {
  const fs = await original();
  const link: typeof fs.link = (from, to) =>
    linking.refused === undefined
      ? fs.link(from, to)
      : Promise.reject(Object.assign(new Error('link'), { code: linking.refused }));
  return { ...fs, link };
});

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-private-'));
  file = join(dir, 'root.age');
  linking.refused = undefined;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe.each([undefined, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('where link says %s', (refused) => {
  beforeEach(() => {
    linking.refused = refused;
  });

  it('a file is written as a whole, and is the only one', async () => {
    await writePrivateFile(file, Buffer.from('secret'), false);
    expect(readFileSync(file, 'utf8')).toBe('secret');
    expect(readdirSync(dir)).toEqual(['root.age']);
  });

  it('one that is there is not overwritten', async () => {
    writeFileSync(file, 'precious');
    await expect(writePrivateFile(file, Buffer.from('secret'), false)).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(dir)).toEqual(['root.age']);
  });
});

it('another refusal stays one', async () => {
  linking.refused = 'EIO';
  await expect(writePrivateFile(file, Buffer.from('secret'), false)).rejects.toMatchObject({ code: 'EIO' });
  expect(readdirSync(dir)).toEqual([]);
});
