import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readPageFiles } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('lists the files of a page, and reads a large one when it is asked for', () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>Sotto</title>');
  writeFileSync(join(folder, 'assets', 'a.js'), '1');
  writeFileSync(join(folder, 'assets', 'a.wasm'), Buffer.alloc(2 << 20, 7));
  writeFileSync(join(folder, 'assets', 'a.js.map'), '{}');
  const files = readPageFiles(folder);
  expect([...files.keys()].sort()).toEqual(['/', '/assets/a.js', '/assets/a.wasm', '/index.html']);
  expect(files.get('/')?.body.toString()).toBe('<title>Sotto</title>');
  expect(files.get('/assets/a.wasm')).toMatchObject({ type: 'application/wasm' });
  expect(files.get('/assets/a.wasm')?.body).toEqual(Buffer.alloc(2 << 20, 7));

  rmSync(join(folder, 'assets'), { recursive: true });
  expect(files.get('/assets/a.js')?.body.toString()).toBe('1');
  expect(() => files.get('/assets/a.wasm')?.body).toThrow('ENOENT');
});
