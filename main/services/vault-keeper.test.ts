import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyState } from '../../app/contract/keys.ts';
import { MemoryKeychain } from '../vault/keychain/memory-keychain.ts';
import { generateRootKey } from '../vault/root-key.ts';
import { sealRoot } from '../vault/sealed-root.ts';
import type { VaultKeeper } from './app-context.ts';
import { createVaultKeeper } from './vault-keeper.ts';

const passphrase = 'correct horse battery staple';
let dir: string;
let keychain: MemoryKeychain;
let ending: AbortController;
let keeper: VaultKeeper | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-keeper-'));
  keychain = new MemoryKeychain();
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  keeper?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<VaultKeeper> {
  keeper?.close();
  keeper = await createVaultKeeper({ profile: { dir, name: 'default' }, keychain, signal: ending.signal });
  return keeper;
}

/** Puts a root key under a passphrase that is quick to try. */
async function sealed(): Promise<void> {
  const bytes = await sealRoot({ root: generateRootKey(), created: 5 }, passphrase, { workFactor: 4 });
  writeFileSync(join(dir, 'root.age'), bytes);
}

const reason = (name: string) => expect.objectContaining({ code: 'refused', reason: name }) as Error;

describe('a vault that is kept open', () => {
  it('is made in the keychain, locked, opened again, and told of each time', async () => {
    const vault = await start();
    const seen: string[] = [];
    vault.onChange((state: KeyState) => seen.push(state.state));
    expect(vault.state()).toEqual({ state: 'absent', lost: false });
    expect(() => vault.require()).toThrow(reason('keys-absent'));
    expect(await vault.create({ storage: 'keychain', replace: false })).toMatchObject({
      state: 'found',
      storage: 'keychain',
      epoch: 1,
    });
    const key = Buffer.from(vault.require().databaseKey()).toString('hex');
    await expect(vault.create({ storage: 'keychain', replace: true })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await vault.lock()).toMatchObject({ state: 'locked' });
    expect(() => vault.require()).toThrow(reason('keychain-locked'));
    expect(await vault.refresh()).toMatchObject({ state: 'found' });
    expect(Buffer.from(vault.require().databaseKey()).toString('hex')).toBe(key);
    expect(seen.filter((state, i) => state !== seen[i - 1])).toEqual(['absent', 'found', 'locked', 'found']);
  });

  it.each(['locked', 'unavailable'] as const)(
    'says that the keychain is %s, until it is not',
    async (state) => {
      keychain.state = state;
      const vault = await start();
      expect(vault.state()).toMatchObject({ state });
      expect(() => vault.require()).toThrow(reason(`keychain-${state}`));
      await expect(vault.create({ storage: 'keychain', replace: true })).rejects.toEqual(
        reason(`keychain-${state}`),
      );
      keychain.state = 'open';
      expect(await vault.refresh()).toMatchObject({ state: 'absent' });
    },
  );

  it('makes no passphrase vault beside a locked keychain', async () => {
    keychain.state = 'locked';
    const vault = await start();
    await expect(vault.create({ storage: 'passphrase', passphrase, replace: true })).rejects.toEqual(
      reason('keychain-locked'),
    );
  });

  it('under a passphrase opens with it, and closes again', async () => {
    await sealed();
    const vault = await start();
    expect(vault.state()).toEqual({ state: 'passphrase' });
    expect(() => vault.require()).toThrow(reason('passphrase-needed'));
    await expect(vault.unlock('wrong')).rejects.toEqual(reason('passphrase-wrong'));
    expect(vault.state()).toEqual({ state: 'passphrase' });
    expect(await vault.unlock(passphrase)).toMatchObject({ state: 'found', storage: 'passphrase' });
    expect(await vault.lock()).toEqual({ state: 'passphrase' });
    expect(() => vault.require()).toThrow(reason('passphrase-needed'));
  });

  it('takes a backup in place of its root key, only when told to', async () => {
    const vault = await start();
    await vault.create({ storage: 'keychain', replace: false });
    const text = Buffer.from(
      await sealRoot({ root: generateRootKey(), created: 7 }, passphrase, { workFactor: 4 }),
    ).toString('base64');
    const before = vault.require();
    await expect(vault.importBackup({ text, passphrase, replace: false })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(vault.require()).toBe(before);
    await expect(vault.importBackup({ text: 'x', passphrase, replace: true })).rejects.toMatchObject({
      reason: 'backup-unreadable',
    });
    await expect(vault.importBackup({ text, passphrase: 'no', replace: true })).rejects.toMatchObject({
      reason: 'passphrase-wrong',
    });
    expect(await vault.importBackup({ text, passphrase, replace: true })).toMatchObject({
      state: 'found',
      storage: 'keychain',
      created: new Date(7).toISOString(),
    });
    expect(() => before.databaseKey()).toThrow(/closed/);
  });

  it('whose records are damaged says so, and makes nothing in their place', async () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'vault.db'), 'damaged');
    const vault = await start();
    expect(vault.state()).toMatchObject({
      state: 'unavailable',
      message: expect.stringMatching(/vault\.db cannot be used/) as string,
    });
    expect(() => vault.require()).toThrow(/vault\.db cannot be used/);
    await expect(vault.create({ storage: 'keychain', replace: true })).rejects.toMatchObject({
      code: 'pack',
    });
    expect(keychain.entries.size).toBe(0);
  });

  it('does not hold up the start while a prompt is on the screen', async () => {
    await start().then((vault) => vault.create({ storage: 'keychain', replace: false }));
    const answered = Promise.withResolvers<undefined>();
    const slow = Object.assign(new MemoryKeychain(), { entries: keychain.entries });
    slow.probe = async () => {
      await answered.promise;
      return { state: 'found' };
    };
    const began = performance.now();
    const vault = await createVaultKeeper({
      profile: { dir, name: 'default' },
      keychain: slow,
      signal: ending.signal,
      patienceMs: 50,
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(vault.state()).toMatchObject({
      state: 'locked',
      message: expect.stringMatching(/prompt/) as string,
    });
    expect(() => vault.require()).toThrow(reason('keychain-locked'));
    const found = new Promise<KeyState>((resolve) => vault.onChange(resolve));
    answered.resolve(undefined);
    expect(await found).toMatchObject({ state: 'found' });
    vault.close();
    expect(() => vault.require()).toThrow(reason('keychain-locked'));
  });
});
