import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKeychain } from './keychain/memory-keychain.ts';
import { foundVault, openVault } from './open-vault.ts';
import { decodeRootKey } from './root-key.ts';
import type { Vault } from './vault.ts';

let dir: string;
let keychain: MemoryKeychain;
let vault: Vault;
const open = () => openVault({ profileDir: join(dir, 'profile'), profileName: 'default', keychain });

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-vault-'));
  keychain = new MemoryKeychain();
  const state = await open();
  if (state.state !== 'absent') throw new Error(state.state);
  vault = await state.create();
});
afterEach(() => {
  vault.close();
  rmSync(dir, { recursive: true, force: true });
});

const server = 'https://models.example';
const refused = expect.objectContaining({ code: 'refused' }) as Error;

describe('lattice keys', () => {
  it('leave no row behind once no server holds anything of them', () => {
    const scopes = () => vault.status().keys.map(({ scope }) => scope);
    const { keyId } = vault.latticeKey('a');
    vault.latticeKey('b');
    vault.recordUpload({ server, keyId });
    vault.dropScopes(['a', 'b', 'never there']);
    expect(scopes()).toEqual(['a']);
    vault.recordDeletion({ server, keyId });
    expect(scopes()).toEqual([]);
    const written = Buffer.concat(
      readdirSync(join(dir, 'profile')).map((name) => readFileSync(join(dir, 'profile', name))),
    );
    expect(written.includes(Buffer.from(keyId))).toBe(false);
  });

  it('of many scopes are retired by one change of the file', () => {
    const scopes = Array.from({ length: 50 }, (_, i) => `scope-${i}`);
    for (const scope of [...scopes, 'kept']) vault.latticeKey(scope);
    // SQLite counts the changes of a file in its header (https://www.sqlite.org/fileformat2.html#file_change_counter).
    const changes = () => readFileSync(join(dir, 'profile', 'vault.db')).readUInt32BE(24);
    const before = changes();
    vault.dropScopes(scopes);
    expect(changes()).toBe(before + 1);
    vault.dropScopes([]);
    expect(changes()).toBe(before + 1);
    expect(vault.scopes()).toEqual(['kept']);
  });

  it('are the same for a scope until rotated, and different between scopes', () => {
    const [a, again, b] = [vault.latticeKey('a'), vault.latticeKey('a'), vault.latticeKey('b')];
    expect(a.keyId).toHaveLength(16);
    expect(a.seed).toHaveLength(32);
    expect(again.keyId).toEqual(a.keyId);
    expect(again.seed).toEqual(a.seed);
    expect(b.keyId).not.toEqual(a.keyId);
    expect(b.seed).not.toEqual(a.seed);
  });

  it('give every number once, consecutive within a key', async () => {
    const [a, b] = [vault.latticeKey('a'), vault.latticeKey('b')];
    const first = await a.nextCounter();
    const other = await b.nextCounter();
    expect(await a.nextCounter(5)).toBe(first + 1n);
    expect(await vault.latticeKey('a').nextCounter()).toBe(first + 6n);
    expect(other).toBeGreaterThanOrEqual(first + 65536n);
    expect(await b.nextCounter()).toBe(other + 1n);
  });

  it('may be zeroised by who asked for them', () => {
    const { seed } = vault.latticeKey('a');
    const copy = Uint8Array.from(seed);
    seed.fill(0);
    expect(vault.latticeKey('a').seed).toEqual(copy);
  });

  it.each(['', 'a b', 'x'.repeat(129), 'a\0b'])('are not made for the scope "%s"', (scope) => {
    expect(() => vault.latticeKey(scope)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});

describe('rotate', () => {
  it('retires every key, makes successors, and says what servers must delete', async () => {
    const old = vault.latticeKey('a');
    vault.recordUpload({ keyId: old.keyId, server });
    expect(vault.rotate()).toMatchObject([{ keyId: old.keyId, server }]);
    expect(vault.status()).toMatchObject({
      epoch: 2,
      keys: [
        { scope: 'a', epoch: 1, retired: expect.any(String) as string, servers: [server] },
        { scope: 'a', epoch: 2, retired: null, servers: [] },
      ],
    });
    expect(vault.latticeKey('a').keyId).not.toEqual(old.keyId);
    await expect(old.nextCounter()).rejects.toEqual(refused);
  });

  it('is seen by others that hold the old key', async () => {
    const other = foundVault(await open());
    const held = other.latticeKey('a');
    vault.rotate();
    await expect(held.nextCounter()).rejects.toEqual(refused);
    other.close();
  });
});

describe('revoke', () => {
  it('retires every key; what a server did not delete yet is remembered until it did', async () => {
    const { keyId } = vault.latticeKey('a');
    vault.recordUpload({ keyId, server });
    expect(vault.revoke()).toMatchObject([{ keyId, server }]);
    vault.close();
    vault = foundVault(await open());
    expect(vault.pendingDeletions()).toMatchObject([{ keyId, server }]);
    expect(vault.status().keys.filter((key) => key.retired === null)).toEqual([]);
    vault.recordDeletion({ keyId, server });
    expect(vault.pendingDeletions()).toEqual([]);
    expect(vault.latticeKey('a').keyId).not.toEqual(keyId);
  });
});

describe('uploads', () => {
  it('that are used again become the latest, unless they were deleted', () => {
    const [a, b] = [vault.latticeKey('a').keyId, vault.latticeKey('b').keyId];
    for (const keyId of [a, b]) vault.recordUpload({ keyId, server });
    expect(vault.renewUpload({ keyId: a, server })).toBe(true);
    expect(vault.uploadedTo(server)).toEqual([b, a]);
    vault.recordDeletion({ keyId: a, server });
    expect(vault.renewUpload({ keyId: a, server })).toBe(false);
    expect(vault.uploadedTo(server)).toEqual([b]);
    vault.dropKey(a);
    expect(() => vault.renewUpload({ keyId: a, server })).toThrow(refused);
    expect([a, b].map((keyId) => vault.isActive(keyId))).toEqual([false, true]);
  });
});

describe('dropKey', () => {
  it('lets nothing of a retired key be sent to a server', () => {
    const { keyId } = vault.latticeKey('a');
    vault.requireActive(keyId);
    vault.dropKey(keyId);
    const retired = expect.objectContaining({
      code: 'refused',
      message: expect.stringMatching(/was retired/) as string,
      next: 'Ask again: a new key is used.',
    }) as Error;
    // Its row is gone, as no server had anything of it.
    expect(() => vault.recordUpload({ keyId, server })).toThrow(retired);
    expect(() => vault.requireActive(keyId)).toThrow(retired);

    const held = vault.latticeKey('b');
    vault.recordUpload({ keyId: held.keyId, server });
    vault.dropKey(held.keyId);
    expect(() => vault.recordUpload({ keyId: held.keyId, server })).toThrow(retired);
    expect(vault.pendingDeletions()).toMatchObject([{ keyId: held.keyId, server }]);
  });

  it('retires one key alone', async () => {
    const [a, b] = [vault.latticeKey('a'), vault.latticeKey('b')];
    vault.dropKey(a.keyId);
    await expect(a.nextCounter()).rejects.toEqual(refused);
    await expect(b.nextCounter()).resolves.toBeTypeOf('bigint');
    expect(vault.latticeKey('a').keyId).not.toEqual(a.keyId);
  });
});

describe('deleteRoot', () => {
  it('forgets the key, keeps what servers must delete, and closes', async () => {
    const { keyId } = vault.latticeKey('a');
    vault.recordUpload({ keyId, server });
    expect(await vault.deleteRoot()).toMatchObject([{ keyId, server }]);
    expect(keychain.entries.size).toBe(0);
    expect(() => vault.databaseKey()).toThrow(refused);
    expect(await open()).toMatchObject({ state: 'absent', lost: false });
  });

  it('on a locked keychain changes nothing', async () => {
    keychain.state = 'locked';
    await expect(vault.deleteRoot()).rejects.toEqual(refused);
    keychain.state = 'open';
    expect((await open()).state).toBe('found');
  });
});

describe('a closed vault', () => {
  it('refuses everything', async () => {
    const key = vault.latticeKey('a');
    vault.close();
    vault.close();
    await expect(key.nextCounter()).rejects.toEqual(refused);
    for (const use of [
      () => vault.latticeKey('a'),
      () => vault.databaseKey(),
      () => vault.wrapToken(server, 't'),
      () => vault.status(),
      () => vault.rotate(),
      () => vault.pendingDeletions(),
    ]) {
      expect(use).toThrow(refused);
    }
  });
});

describe('the disk', () => {
  it('holds neither the root key, nor anything derived from it that is secret', () => {
    const { seed } = vault.latticeKey('a');
    const root = decodeRootKey(keychain.entries.get('Sotto/default') ?? '');
    vault.rotate();
    const secrets = [root, seed, vault.databaseKey()].flatMap((secret) => {
      const bytes = Buffer.from(secret);
      return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64url'))];
    });
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((found) =>
      found.isFile(),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const found of files) {
      const bytes = readFileSync(join(found.parentPath, found.name));
      for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
    }
  });

  it('keeps tokens wrapped for one server', () => {
    const wrapped = vault.wrapToken(server, 'token');
    expect(vault.unwrapToken(server, wrapped)).toBe('token');
    expect(() => vault.unwrapToken('https://other.example', wrapped)).toThrow(refused);
  });
});
