/** A profile whose root key is under a passphrase: made, opened, lost, damaged, and cut off in the middle. */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKeychain } from './keychain/memory-keychain.ts';
import { foundVault, importBackup, openVault } from './open-vault.ts';
import type { VaultState } from './open-vault.ts';
import { encodeRootKey, generateRootKey, rootCheck } from './root-key.ts';
import { Records } from './records.ts';
import { sealRoot } from './sealed-root.ts';
import type { Vault } from './vault.ts';

const passphrase = 'correct horse battery staple';
/** 2^4 instead of 2^18, where a test is not about the cost of guessing. */
const fast = { workFactor: 4 };

let dir: string;
let keychain: MemoryKeychain;
let opened: Vault[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-passphrase-'));
  keychain = new MemoryKeychain();
  keychain.state = 'unavailable';
  opened = [];
});
afterEach(() => {
  for (const vault of opened) vault.close();
  rmSync(dir, { recursive: true, force: true });
});

const profileDir = () => join(dir, 'profile');
const file = () => join(profileDir(), 'root.age');
const profile = () => ({ profileDir: profileDir(), profileName: 'default', keychain });
const open = () => openVault(profile());
const databaseKey = (vault: Vault) => Buffer.from(vault.databaseKey()).toString('hex');

function keep(vault: Vault): Vault {
  opened.push(vault);
  return vault;
}

/** @throws unless the state is the expected one. */
function being<S extends VaultState['state']>(state: VaultState, name: S): Extract<VaultState, { state: S }> {
  if (state.state !== name) throw new Error(`expected ${name}, got ${state.state}`);
  return state as Extract<VaultState, { state: S }>;
}

async function create(options: { replace?: boolean } = {}): Promise<Vault> {
  return keep(await being(await open(), 'unavailable').create({ passphrase, ...options }));
}

async function unlock(word = passphrase): Promise<Vault> {
  return keep(await being(await open(), 'passphrase').unlock(word));
}

/** Puts a root key in place as `create` does, for a passphrase that is quick to try. */
async function place(root = generateRootKey(), created: number | null = 5): Promise<Buffer> {
  mkdirSync(profileDir(), { recursive: true });
  writeFileSync(file(), await sealRoot({ root, created }, passphrase, fast));
  return root;
}

describe('a vault under a passphrase', () => {
  it('is made where there is no keychain, and opens with its passphrase alone', async () => {
    const vault = await create();
    expect(vault.status()).toMatchObject({ storage: 'passphrase', profile: 'default', epoch: 1 });
    expect(readdirSync(profileDir()).toSorted()).toEqual(['root.age', 'vault.db']);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'latin1')).toMatch(/^age-encryption.org\/v1\n-> scrypt \S+ 18\n/);
    const key = databaseKey(vault);
    const id = vault.latticeKey('cli').keyId;
    vault.close();

    const before = readFileSync(file());
    await expect(unlock('correct horse battery stapl')).rejects.toMatchObject({
      code: 'refused',
      reason: 'passphrase-wrong',
    });
    await expect(unlock('')).rejects.toMatchObject({ reason: 'passphrase-wrong' });
    expect(readFileSync(file())).toEqual(before);
    const again = await unlock();
    expect(databaseKey(again)).toBe(key);
    expect(again.latticeKey('cli').keyId).toEqual(id);
  });

  it('is made where the keychain has no key, if asked for; the keychain is left alone', async () => {
    keychain.state = 'open';
    keep(await being(await open(), 'absent').create({ passphrase }));
    expect(keychain.entries.size).toBe(0);
    // From now on it is not asked, whatever it says and whatever it holds.
    keychain.entries.set('Sotto/default', encodeRootKey(generateRootKey()));
    for (const state of ['open', 'locked', 'unavailable'] as const) {
      keychain.state = state;
      expect((await open()).state).toBe('passphrase');
    }
  });

  it('says what is needed to those who need a vault', async () => {
    await place();
    const state = await open();
    expect(() => foundVault(state)).toThrow(
      expect.objectContaining({ reason: 'passphrase-needed' }) as Error,
    );
  });

  it('needs a passphrase of 8 characters', async () => {
    await expect(being(await open(), 'unavailable').create({ passphrase: '1234567' })).rejects.toMatchObject({
      code: 'usage',
    });
    expect(existsSync(profileDir())).toBe(false);
  });

  it('is not made while the keychain is locked, or holds a root key', async () => {
    const state = being(await open(), 'unavailable');
    keychain.state = 'locked';
    await expect(state.create({ passphrase })).rejects.toMatchObject({ reason: 'keychain-locked' });
    keychain.state = 'open';
    keychain.entries.set('Sotto/default', encodeRootKey(generateRootKey()));
    await expect(state.create({ passphrase })).rejects.toMatchObject({ code: 'refused' });
    expect(existsSync(profileDir())).toBe(false);
  });

  it('is not made in place of a root key that the profile has had, unless told to', async () => {
    keychain.state = 'open';
    const before = await being(await open(), 'absent').create();
    before.latticeKey('cli');
    before.close();
    keychain.state = 'unavailable';
    const state = being(await open(), 'unavailable');
    await expect(state.create({ passphrase })).rejects.toMatchObject({ reason: 'keychain-unavailable' });
    keychain.state = 'open';
    keychain.entries.clear();
    const lost = being(await open(), 'absent');
    expect(lost.lost).toBe(true);
    await expect(lost.create({ passphrase })).rejects.toMatchObject({ reason: 'keys-lost' });
    expect(existsSync(file())).toBe(false);
    const vault = keep(await lost.create({ passphrase, replace: true }));
    expect(vault.status()).toMatchObject({ storage: 'passphrase', epoch: 2 });
    expect(vault.status().keys.every((key) => key.retired !== null)).toBe(true);
  });

  it('of two that create at once, gives both the same key, or refuses the other passphrase', async () => {
    const state = being(await open(), 'unavailable');
    const [a, b] = await Promise.all([state.create({ passphrase }), state.create({ passphrase })]);
    expect(databaseKey(keep(a))).toBe(databaseKey(keep(b)));
    await expect(state.create({ passphrase: 'something else' })).rejects.toMatchObject({
      reason: 'passphrase-wrong',
    });
  });

  it('rotates, and deletes its root key', async () => {
    await place();
    const vault = await unlock();
    vault.latticeKey('cli');
    vault.rotate();
    expect(vault.status()).toMatchObject({ epoch: 2, storage: 'passphrase' });
    await vault.deleteRoot();
    expect(existsSync(file())).toBe(false);
    expect(being(await open(), 'unavailable').state).toBe('unavailable');
    keychain.state = 'open';
    expect(being(await open(), 'absent').lost).toBe(false);
  });

  it('stops when it is told to, and has changed nothing', async () => {
    const state = being(await open(), 'unavailable');
    const stop = new AbortController();
    const creating = state.create({ passphrase, signal: stop.signal });
    const began = performance.now();
    setTimeout(() => stop.abort(), 100);
    await expect(creating).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(existsSync(profileDir())).toBe(false);
    await expect(state.create({ passphrase, signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('keeps the event loop free while it works', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const began = performance.now();
    await create();
    clearInterval(timer);
    // scrypt takes far longer than any pause of the loop that it is not on.
    expect(longest).toBeLessThan((performance.now() - began) / 2);
  });
});

describe('root.age', () => {
  it('cut short anywhere, or with a byte changed anywhere, opens nothing and stays', async () => {
    await place();
    const whole = readFileSync(file());
    for (let at = 0; at < whole.length; at += 29) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      for (const damaged of [whole.subarray(0, at), changed]) {
        writeFileSync(file(), damaged);
        await expect(unlock()).rejects.toMatchObject({
          reason: expect.stringMatching(/^(data-damaged|passphrase-wrong)$/) as string,
        });
        expect(readFileSync(file())).toEqual(damaged);
      }
    }
    expect(existsSync(join(profileDir(), 'vault.db'))).toBe(false);
  });

  it.each([
    ['a folder', () => mkdirSync(file())],
    ['a link that leads nowhere', () => symlinkSync(join(dir, 'nowhere'), file())],
    ['a pipe that nobody writes to', () => execFileSync('mkfifo', [file()])],
    ['a large file', () => writeFileSync(file(), 'age-encryption.org/v1\n'.padEnd(1 << 20))],
    ['an empty file', () => writeFileSync(file(), '')],
    [
      'a file that asks for 2^30',
      () => writeFileSync(file(), `age-encryption.org/v1\n-> scrypt ${'A'.repeat(22)} 30\n`),
    ],
  ])('that is %s is there, damaged, and not absent', async (_, make) => {
    mkdirSync(profileDir());
    make();
    keychain.state = 'open';
    const began = performance.now();
    await expect(unlock()).rejects.toMatchObject({ code: 'pack', reason: 'data-damaged' });
    expect(performance.now() - began).toBeLessThan(5000);
    await expect(importBackup({ ...profile(), file: join(dir, 'none'), passphrase })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('of another profile is refused', async () => {
    (await unlockedProfile()).close();
    await place();
    await expect(unlock()).rejects.toMatchObject({ code: 'refused', reason: 'data-damaged' });
  });

  it('without its records goes on under new session keys', async () => {
    const vault = await unlockedProfile();
    const [id, key] = [vault.latticeKey('cli').keyId, databaseKey(vault)];
    vault.close();
    rmSync(join(profileDir(), 'vault.db'));
    const again = await unlock();
    expect(databaseKey(again)).toBe(key);
    expect(again.latticeKey('cli').keyId).not.toEqual(id);
    expect(again.status().created).toBe(new Date(5).toISOString());
  });

  async function unlockedProfile(): Promise<Vault> {
    await place();
    return await unlock();
  }
});

describe('killed while it makes a vault under a passphrase', () => {
  it.each([
    ['the records are there', /^vault\.db$/],
    ['the file is being written', /^root\.age\..*\.new$/],
    ['the file is in place', /^root\.age$/],
  ])('when %s: the profile has no key, or one that opens', async (_, name) => {
    await createAndKill(name);
    keychain.state = 'open';
    const state = await open();
    const vault =
      state.state === 'passphrase'
        ? await unlock()
        : keep(await being(state, 'absent').create({ passphrase }));
    expect(vault.status().storage).toBe('passphrase');
    expect(databaseKey(vault)).toMatch(/^[0-9a-f]{64}$/);
    vault.close();
    (await unlock()).close();
    // What the killed process left half-written is gone, or was never there.
    if (state.state !== 'passphrase') {
      expect(readdirSync(profileDir()).filter((entry) => entry.startsWith('root.age'))).toEqual(['root.age']);
    }
  });

  /** Kills the process at the first sight of a file of that name. */
  async function createAndKill(name: RegExp): Promise<void> {
    mkdirSync(profileDir(), { recursive: true });
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const program = `
      import { openVault } from ${at('open-vault.ts')};
      import { MemoryKeychain } from ${at('keychain/memory-keychain.ts')};
      const state = await openVault({ profileDir: ${JSON.stringify(profileDir())}, profileName: 'default', keychain: new MemoryKeychain() });
      await state.create({ passphrase: ${JSON.stringify(passphrase)} });`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const watcher = watch(profileDir(), (_, found) => {
      if (found !== null && name.test(found)) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    watcher.close();
  }

  it('in place of a lost one: between the two steps, the profile has no key', async () => {
    const records = Records.open(join(mkdirs(), 'vault.db'));
    records.setRoot({ check: rootCheck(generateRootKey()), created: 1 });
    records.close();
    // The state after the first step alone: the records forgot the old key, and no new one is in place.
    const after = Records.open(join(profileDir(), 'vault.db'));
    after.setRoot(undefined);
    after.nextEpoch(2);
    after.close();
    keychain.state = 'open';
    expect(being(await open(), 'absent').lost).toBe(false);
    // After the second step without its record: the key opens.
    await place();
    expect((await unlock()).status().epoch).toBe(2);
  });

  const mkdirs = () => {
    mkdirSync(profileDir(), { recursive: true });
    return profileDir();
  };
});

describe('a backup', () => {
  const backup = () => join(dir, 'backup.age');
  const from = () => ({ ...profile(), file: backup(), passphrase: 'pw' });

  it('of a passphrase profile goes into a keychain, and the file is gone then', async () => {
    await place();
    const vault = await unlock();
    const key = databaseKey(vault);
    await vault.exportBackup(backup(), 'pw');
    vault.close();
    await expect(importBackup(from())).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/under a passphrase/) as string,
    });
    await expect(importBackup({ ...from(), storage: 'keychain' })).rejects.toMatchObject({
      reason: 'keychain-unavailable',
    });
    expect(existsSync(file())).toBe(true);
    keychain.state = 'open';
    const moved = keep(await importBackup({ ...from(), storage: 'keychain' }));
    expect(moved.status().storage).toBe('keychain');
    expect(databaseKey(moved)).toBe(key);
    expect(existsSync(file())).toBe(false);
    expect(being(await open(), 'found').state).toBe('found');
  });

  it('of a keychain profile goes under a passphrase, and the keychain holds it no more', async () => {
    keychain.state = 'open';
    const vault = keep(await being(await open(), 'absent').create());
    const key = databaseKey(vault);
    const text = await vault.exportBackupText('the backup’s own');
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    const moved = keep(
      await importBackup({
        ...profile(),
        file: { text },
        passphrase: 'the backup’s own',
        storage: { passphrase },
      }),
    );
    expect(moved.status()).toMatchObject({ storage: 'passphrase', epoch: 2 });
    expect(databaseKey(moved)).toBe(key);
    expect(keychain.entries.size).toBe(0);
    moved.close();
    expect(databaseKey(await unlock())).toBe(key);
  });

  it('with another root key is refused unless told to replace', async () => {
    await place();
    const vault = await unlock();
    const key = databaseKey(vault);
    const text = Buffer.from(await sealRoot({ root: generateRootKey(), created: 7 }, 'pw', fast)).toString(
      'base64',
    );
    const options = { ...profile(), file: { text }, passphrase: 'pw', storage: { passphrase } };
    await expect(importBackup(options)).rejects.toMatchObject({ code: 'refused' });
    expect(databaseKey(await unlock())).toBe(key);
    const imported = keep(await importBackup({ ...options, replace: true }));
    expect(databaseKey(imported)).not.toBe(key);
    expect(imported.status().created).toBe(new Date(7).toISOString());
  });

  it('is root.age itself, copied', async () => {
    await place();
    const key = databaseKey(await unlock());
    copyFileSync(file(), backup());
    rmSync(profileDir(), { recursive: true });
    keychain.state = 'open';
    const imported = keep(await importBackup({ ...from(), passphrase }));
    expect(databaseKey(imported)).toBe(key);
    expect(imported.status().storage).toBe('keychain');
  });

  it('that is locked out of the keychain is not put under a passphrase', async () => {
    const text = Buffer.from(await sealRoot({ root: generateRootKey(), created: 7 }, 'pw', fast)).toString(
      'base64',
    );
    keychain.state = 'locked';
    await expect(
      importBackup({ ...profile(), file: { text }, passphrase: 'pw', storage: { passphrase } }),
    ).rejects.toMatchObject({ reason: 'keychain-locked' });
    expect(existsSync(file())).toBe(false);
  });
});
