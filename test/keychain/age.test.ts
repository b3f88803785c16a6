/** Backups and the `age` command line tool read each other's files. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBackup, writeBackup } from '../../main/vault/backup.ts';
import { MemoryKeychain } from '../../main/vault/keychain/memory-keychain.ts';
import { openVault } from '../../main/vault/open-vault.ts';
import { generateRootKey, rootCheck } from '../../main/vault/root-key.ts';

const missing = ['age', 'script'].filter((program) => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0) console.log(`skipped: the age tests need ${missing.join(', ')}`);

const passphrase = 'correct horse battery staple';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-age-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** age reads passphrases from a terminal alone: `script` gives it one. Answers each prompt with the passphrase. */
async function age(...args: string[]): Promise<number> {
  const terminal = spawn('script', ['-qec', `age ${args.join(' ')}`, '/dev/null'], { cwd: dir });
  terminal.stdout.on('data', (text) => {
    const prompts = String(text).match(/passphrase[^:\n]*: /gi) ?? [];
    terminal.stdin.write(`${passphrase}\n`.repeat(prompts.length));
  });
  return await new Promise((resolve) => terminal.once('close', (code) => resolve(code ?? 1)));
}

describe.skipIf(missing.length > 0)('the age command line tool', () => {
  it('reads a backup', async () => {
    const root = generateRootKey();
    await writeBackup(join(dir, 'backup.age'), { root, created: 1234 }, passphrase);
    expect(await age('--decrypt', '--output', 'plain', 'backup.age')).toBe(0);
    expect(JSON.parse(readFileSync(join(dir, 'plain'), 'utf8'))).toEqual({
      format: 'sotto-root-key/1',
      created: 1234,
      rootKey: root.toString('hex'),
    });
  });

  it.each([
    ['binary', []],
    ['armored', ['--armor']],
  ])('writes one that can be imported (%s)', async (_, options) => {
    const root = generateRootKey();
    const contents = { format: 'sotto-root-key/1', created: null, rootKey: root.toString('hex') };
    writeFileSync(join(dir, 'plain'), JSON.stringify(contents));
    expect(await age('--passphrase', ...options, '--output', 'backup.age', 'plain')).toBe(0);
    expect(await readBackup(join(dir, 'backup.age'), passphrase)).toEqual({ root, created: null });
  });

  it('reads the root key of a profile under a passphrase, and writes one', async () => {
    const profileDir = join(dir, 'profile');
    const profile = { profileDir, profileName: 'default', keychain: new MemoryKeychain() };
    const state = await openVault(profile);
    if (state.state !== 'absent') throw new Error(state.state);
    (await state.create({ passphrase })).close();
    expect(await age('--decrypt', '--output', 'plain', join(profileDir, 'root.age'))).toBe(0);
    const plain = JSON.parse(readFileSync(join(dir, 'plain'), 'utf8')) as { rootKey: string };
    expect(rootCheck(Buffer.from(plain.rootKey, 'hex'))).toHaveLength(16);

    const other = join(dir, 'other');
    mkdirSync(other);
    expect(await age('--passphrase', '--output', join(other, 'root.age'), 'plain')).toBe(0);
    const written = await openVault({ ...profile, profileDir: other });
    if (written.state !== 'passphrase') throw new Error(written.state);
    const vault = await written.unlock(passphrase);
    expect(vault.status().storage).toBe('passphrase');
    vault.close();
  });
});
