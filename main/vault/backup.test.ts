import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBackup, writeBackup } from './backup.ts';
import { generateRootKey } from './root-key.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-backup-'));
  file = join(dir, 'root.age');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const passphrase = 'correct horse battery staple';
/** 2^10 instead of 2^18: these tests are not about the cost of guessing. */
const fast = { workFactor: 10 };
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('a backup', () => {
  it('comes back with its passphrase', async () => {
    const backup = { root: generateRootKey(), created: 1234 };
    await writeBackup(file, backup, passphrase);
    expect(await readBackup(file, passphrase)).toEqual(backup);
    expect(readFileSync(file, 'latin1')).toMatch(/^age-encryption.org\/v1\n-> scrypt \S+ 18\n/);
  });

  it('is readable by its owner alone, and the only file written', async () => {
    await writeBackup(file, { root: generateRootKey(), created: null }, passphrase, fast);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['root.age']);
  });

  it('does not replace a file unless forced', async () => {
    writeFileSync(file, 'precious', { mode: 0o644 });
    const backup = { root: generateRootKey(), created: null };
    await expect(writeBackup(file, backup, passphrase, fast)).rejects.toEqual(
      failure('usage', /exists already/),
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await writeBackup(file, backup, passphrase, { ...fast, force: true });
    expect(await readBackup(file, passphrase)).toEqual(backup);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['root.age']);
  });

  it('needs a passphrase and a folder', async () => {
    const backup = { root: generateRootKey(), created: null };
    await expect(writeBackup(file, backup, '', fast)).rejects.toEqual(failure('usage', /needs a passphrase/));
    const nowhere = writeBackup(join(dir, 'no', 'such'), backup, passphrase, fast);
    await expect(nowhere).rejects.toEqual(failure('usage', /ENOENT/));
    await expect(nowhere).rejects.toMatchObject({ next: expect.stringMatching(/folder/) as string });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is read armored too', async () => {
    const backup = { root: generateRootKey(), created: 5 };
    await writeBackup(file, backup, passphrase, fast);
    writeFileSync(file, armor.encode(readFileSync(file)));
    expect(await readBackup(file, passphrase)).toEqual(backup);
  });

  it('stays closed to a wrong passphrase', async () => {
    await writeBackup(file, { root: generateRootKey(), created: null }, passphrase, fast);
    await expect(readBackup(file, 'wrong')).rejects.toEqual(failure('usage', /passphrase does not open/));
    await expect(readBackup(file, '')).rejects.toEqual(failure('usage', /passphrase does not open/));
  });

  it('cut short anywhere, or with a byte changed anywhere, is refused', async () => {
    const root = generateRootKey();
    await writeBackup(file, { root, created: null }, passphrase, { workFactor: 1 });
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 29) {
      writeFileSync(file, whole.subarray(0, at));
      await expect(readBackup(file, passphrase)).rejects.toHaveProperty('name', 'Failure');
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file, changed);
      await expect(readBackup(file, passphrase)).rejects.toHaveProperty('name', 'Failure');
    }
  });

  it('may not ask for more work than 2^20', async () => {
    await writeBackup(file, { root: generateRootKey(), created: null }, passphrase, { workFactor: 9 });
    for (const factor of ['21', '30', '99']) {
      writeFileSync(file, readFileSync(file, 'latin1').replace(/ \d+\n/, ` ${factor}\n`), 'latin1');
      const began = performance.now();
      await expect(readBackup(file, passphrase)).rejects.toEqual(failure('pack', /work factor/));
      expect(performance.now() - began).toBeLessThan(500);
    }
  });

  it.each([
    ['a text', () => Promise.resolve('hello'), /not an age file/],
    ['nothing', () => Promise.resolve(''), /not an age file/],
    ['a large file', () => Promise.resolve('age-encryption.org/v1\n'.padEnd(100_000)), /too large/],
    ['broken armor', () => Promise.resolve('-----BEGIN AGE ENCRYPTED FILE-----\n???\n'), /damaged/],
    ['an age file for a public key', forPublicKey, /not made with a passphrase/],
    ['an age file with something else in it', () => sealed('hello'), /something else/],
    [
      'a shorter key',
      () => sealed('{"format":"sotto-root-key/1","created":null,"rootKey":"00ff"}'),
      /something else/,
    ],
    [
      'a later format',
      () => sealed(`{"format":"sotto-root-key/2","created":null,"rootKey":"${'00'.repeat(32)}"}`),
      /something else/,
    ],
  ])('%s is not one', async (_, contents, message) => {
    writeFileSync(file, await contents());
    await expect(readBackup(file, passphrase)).rejects.toEqual(failure('pack', message));
  });

  it('that does not exist is said not to', async () => {
    await expect(readBackup(file, passphrase)).rejects.toEqual(
      failure('usage', /could not be opened: ENOENT/),
    );
    await expect(readBackup(dir, passphrase)).rejects.toEqual(failure('usage', /could not be read: EISDIR/));
  });
});

async function forPublicKey(): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
  return await encrypter.encrypt('hello');
}

async function sealed(text: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(4);
  encrypter.setPassphrase(passphrase);
  return await encrypter.encrypt(text);
}
