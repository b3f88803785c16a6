import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKeychain } from './keychain/memory-keychain.ts';
import { foundVault, importBackup, openVault } from './open-vault.ts';
import type { Vault } from './vault.ts';

let dir: string;
let keychain: MemoryKeychain;
let opened: Vault[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-vault-'));
  keychain = new MemoryKeychain();
  opened = [];
});
afterEach(() => {
  for (const vault of opened) vault.close();
  rmSync(dir, { recursive: true, force: true });
});

const entry = 'Sotto/default';
const profile = (folder = 'profile') => ({ profileDir: join(dir, folder), profileName: 'default', keychain });
const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'refused', message: expect.stringMatching(message) as string }) as Error;

function keep(vault: Vault): Vault {
  opened.push(vault);
  return vault;
}

async function create(options?: { replace?: boolean }): Promise<Vault> {
  const state = await openVault(profile());
  if (state.state !== 'absent') throw new Error(`expected absent, got ${state.state}`);
  return keep(await state.create(options));
}

async function reopen(folder?: string): Promise<Vault> {
  return keep(foundVault(await openVault(profile(folder))));
}

const databaseKey = (vault: Vault) => Buffer.from(vault.databaseKey()).toString('hex');
const keyId = (vault: Vault, scope = 'cli') => Buffer.from(vault.latticeKey(scope).keyId).toString('hex');

describe('openVault', () => {
  it('says absent and writes nothing, until a key is asked for', async () => {
    const state = await openVault(profile());
    expect(state).toMatchObject({ state: 'absent', lost: false });
    expect(keychain.entries.size).toBe(0);
    expect(readdirSync(dir)).toEqual([]);
    expect(() => foundVault(state)).toThrow(refused(/no root key yet/));
  });

  it('finds the key that was created', async () => {
    const vault = await create();
    expect(vault.status()).toMatchObject({
      storage: 'keychain',
      profile: 'default',
      epoch: 1,
      lastUsed: null,
      keys: [],
    });
    const again = await reopen();
    expect(databaseKey(again)).toBe(databaseKey(vault));
    expect(keyId(again)).toBe(keyId(vault));
    expect([...keychain.entries.keys()]).toEqual([entry]);
  });

  it.each(['locked', 'unavailable'] as const)(
    'when %s says so, with what to do, and touches nothing',
    async (state) => {
      keychain.state = state;
      const opening = await openVault(profile());
      expect(opening).toMatchObject({
        state,
        message: expect.any(String) as string,
        next: expect.any(String) as string,
      });
      // A locked keychain may hold the root key: nothing else is offered in its place.
      expect('create' in opening).toBe(state === 'unavailable');
      expect(readdirSync(dir)).toEqual([]);
      expect(() => foundVault(opening)).toThrow(refused(/./));
    },
  );

  it('creates nothing when the keychain is locked between the question and the creation', async () => {
    const state = await openVault(profile());
    keychain.state = 'locked';
    if (state.state !== 'absent') throw new Error(state.state);
    await expect(state.create()).rejects.toEqual(refused(/locked/));
    expect(keychain.entries.size).toBe(0);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('of two that create at once, gives both the same key', async () => {
    const [a, b] = await Promise.all([create(), create()]);
    expect(databaseKey(a)).toBe(databaseKey(b));
  });

  it('does not put another key in the place of one that is gone from the keychain', async () => {
    (await create()).close();
    const before = readFileSync(join(dir, 'profile', 'vault.db'));
    keychain.entries.clear();
    const state = await openVault(profile());
    expect(state).toMatchObject({ state: 'absent', lost: true });
    await expect(create()).rejects.toEqual(refused(/key of this profile is gone/));
    expect(keychain.entries.size).toBe(0);
    expect(readFileSync(join(dir, 'profile', 'vault.db'))).toEqual(before);
    expect((await create({ replace: true })).status().epoch).toBe(2);
  });

  it('does not use a key that the profile was not made with', async () => {
    (await create()).close();
    keychain.entries.clear();
    await keep(foundVault(await createElsewhere())).exportBackup(join(dir, 'other.age'), 'pw');
    expect(await openVault(profile())).toMatchObject({
      state: 'unavailable',
      message: expect.stringMatching(/not the one/) as string,
    });
  });

  it('leaves alone what is in the keychain and is no root key', async () => {
    keychain.entries.set(entry, 'a password of something else');
    await expect(openVault(profile())).rejects.toEqual(refused(/not a root key/));
    expect(keychain.entries.get(entry)).toBe('a password of something else');
  });

  it('with damaged records fails, and keeps file and key', async () => {
    (await create()).close();
    const file = join(dir, 'profile', 'vault.db');
    writeFileSync(file, 'damaged');
    await expect(openVault(profile())).rejects.toMatchObject({ code: 'pack' });
    expect(readFileSync(file, 'utf8')).toBe('damaged');
    expect(keychain.entries.has(entry)).toBe(true);
  });

  it('without its records goes on under new session keys', async () => {
    const vault = await create();
    const [id, key] = [keyId(vault), databaseKey(vault)];
    vault.close();
    rmSync(join(dir, 'profile'), { recursive: true });
    const again = await reopen();
    expect(databaseKey(again)).toBe(key);
    expect(keyId(again)).not.toBe(id);
    expect(again.status().created).toBeNull();
  });

  it('on a copied profile goes on under new session keys', async () => {
    const vault = await create();
    const id = keyId(vault);
    vault.close();
    await openVault(profile('copy')).then((state) => foundVault(state).close());
    rmSync(join(dir, 'copy', 'vault.db'));
    copyFileSync(join(dir, 'profile', 'vault.db'), join(dir, 'copy', 'vault.db'));
    expect(keyId(await reopen('copy'))).not.toBe(id);
    expect(keyId(await reopen())).toBe(id);
  });

  it.each(['', '../x', 'a b', 'x'.repeat(65), 'ü'])('refuses the profile name "%s"', async (profileName) => {
    await expect(openVault({ ...profile(), profileName })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('an ephemeral vault', () => {
  it('asks no keychain and writes no file', async () => {
    keychain.state = 'unavailable';
    const open = async () => keep(foundVault(await openVault({ ...profile(), ephemeral: true })));
    const [a, b] = [await open(), await open()];
    expect(a.status()).toMatchObject({ storage: 'memory' });
    expect(keyId(a)).toBe(keyId(a));
    expect(keyId(a)).not.toBe(keyId(b));
    const key = a.latticeKey('cli');
    expect(await key.nextCounter(10)).toBe((await key.nextCounter()) - 10n);
    a.recordUpload({ keyId: key.keyId, server: 's' });
    expect(a.revoke()).toMatchObject([{ server: 's' }]);
    expect(readdirSync(dir)).toEqual([]);
    expect(existsSync(':memory:')).toBe(false);
  });
});

describe('a backup', () => {
  const file = () => join(dir, 'root.age');
  const from = (folder?: string) => ({ ...profile(folder), file: file(), passphrase: 'pw' });

  it('brings the root key to a machine that has none, under new session keys', async () => {
    const vault = await create();
    const [id, key, created] = [keyId(vault), databaseKey(vault), vault.status().created];
    await vault.exportBackup(file(), 'pw');
    keychain.entries.clear();
    const imported = keep(await importBackup(from('elsewhere')));
    expect(databaseKey(imported)).toBe(key);
    expect(imported.status().created).toBe(created);
    expect(keyId(imported)).not.toBe(id);
    expect(databaseKey(await reopen('elsewhere'))).toBe(key);
  });

  it('brings back a key that is gone from the keychain', async () => {
    const vault = await create();
    const [id, key] = [keyId(vault), databaseKey(vault)];
    await vault.exportBackup(file(), 'pw');
    vault.close();
    keychain.entries.clear();
    const imported = keep(await importBackup(from()));
    expect(databaseKey(imported)).toBe(key);
    expect(keyId(imported)).not.toBe(id);
  });

  it('does not replace a different key unless told to', async () => {
    const first = await create();
    await first.exportBackup(file(), 'pw');
    await first.deleteRoot();
    const second = await create();
    const key = databaseKey(second);
    second.latticeKey('cli');
    await expect(importBackup(from())).rejects.toEqual(refused(/different root key/));
    expect(databaseKey(await reopen())).toBe(key);
    second.recordUpload({ keyId: second.latticeKey('cli').keyId, server: 's' });
    const imported = keep(await importBackup({ ...from(), replace: true }));
    expect(databaseKey(imported)).not.toBe(key);
    expect(imported.pendingDeletions()).toMatchObject([{ server: 's' }]);
  });

  it.each(['locked', 'unavailable'] as const)('is not imported when the keychain is %s', async (state) => {
    await (await create()).exportBackup(file(), 'pw');
    keychain.state = state;
    await expect(importBackup(from('elsewhere'))).rejects.toEqual(refused(/./));
    expect(existsSync(join(dir, 'elsewhere'))).toBe(false);
  });

  it('with a wrong passphrase changes nothing', async () => {
    await (await create()).exportBackup(file(), 'pw');
    keychain.entries.clear();
    await expect(importBackup({ ...from(), passphrase: 'no' })).rejects.toMatchObject({ code: 'usage' });
    expect(keychain.entries.size).toBe(0);
  });
});

async function createElsewhere() {
  const state = await openVault(profile('elsewhere'));
  if (state.state === 'absent') await state.create().then((vault) => vault.close());
  return await openVault(profile('elsewhere'));
}
