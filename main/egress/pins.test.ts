import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { certificate } from './certificates.fixture.ts';
import { filePinStore, identityOf, memoryPinStore, readOnlyPinStore } from './pins.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sotto-pins-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('remembers a server across processes, in a file that only the user can read', async () => {
  const path = join(dir, 'profile', 'pinned-servers.json');
  const [one, two] = [certificate(0), certificate(1)];
  const store = filePinStore(path);
  expect(await store.get('host:1')).toBeUndefined();
  await Promise.all([store.set('host:1', one), store.set('host:2', two)]);
  expect(await filePinStore(path).get('host:1')).toEqual(one);
  expect(await filePinStore(path).get('host:2')).toEqual(two);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('replaces a pin only when told to', async () => {
  const store = filePinStore(join(dir, 'pins.json'));
  const [before, after] = [certificate(0), certificate(1)];
  await store.set('host:1', before);
  await store.set('host:1', after);
  expect(await store.get('host:1')).toEqual(after);
});

it.each([
  '',
  '{',
  '[]',
  '{"format":"sotto-pins/2","servers":{}}',
  '{"format":"sotto-pins/1","servers":{"host:1":7}}',
])('is refused rather than taken for empty when it holds %j', async (text) => {
  const path = join(dir, 'pins.json');
  await writeFile(path, text);
  const store = filePinStore(path);
  await expect(store.get('host:1')).rejects.toMatchObject({ code: 'refused' });
  await expect(store.set('host:1', certificate(0))).rejects.toMatchObject({ code: 'refused' });
  expect(await readFile(path, 'utf8')).toBe(text);
});

it.each([
  ['in a file', () => filePinStore(join(dir, 'pins.json'))],
  ['in memory', memoryPinStore],
])('forgets one server and no other (%s)', async (_, make) => {
  const store = make();
  await Promise.all([store.set('host:1', certificate(0)), store.set('host:2', certificate(1))]);
  await Promise.all([store.remove('host:1'), store.remove('host:3')]);
  expect(await store.get('host:1')).toBeUndefined();
  expect(await store.get('host:2')).toEqual(certificate(1));
});

it('is only read through a read-only view', async () => {
  const store = memoryPinStore();
  await store.set('host:1', certificate(0));
  const view = readOnlyPinStore(store);
  await view.set('host:1', certificate(1));
  await view.set('host:2', certificate(1));
  await view.remove('host:1');
  expect(await view.get('host:1')).toEqual(certificate(0));
  expect(await store.get('host:2')).toBeUndefined();
});

it('spells an identity as servers do', () => {
  expect(identityOf({ pem: '', fingerprint256: 'AB:CD:01' })).toBe('sha256:abcd01');
});
