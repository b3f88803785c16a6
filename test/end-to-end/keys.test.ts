/** The vault from the command line, with a real keychain and a real server. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { missingPrograms, startSession } from '../keychain/session.ts';
import type { Session } from '../keychain/session.ts';
import { filesIn, storedKeys } from './files.ts';
import { startServer } from './server.ts';
import { sotto, temporaryHome } from './sotto.ts';

const missing = missingPrograms();
if (missing.length > 0) console.log(`keys: skipped, not installed: ${missing.join(', ')}`);

describe.skipIf(missing.length > 0)('sotto keys', () => {
  let session: Session;
  let env: Record<string, string>;

  beforeAll(async () => {
    session = await startSession();
    env = session.env as Record<string, string>;
  });
  afterAll(() => session.stop());

  it('creates once, asks, rotates, and deletes the old evaluation keys at the server', async () => {
    const home = await temporaryHome();
    const server = await startServer();
    const keys = (...args: string[]) => sotto(['keys', ...args, '--json'], { home, env });
    expect((await keys('status')).json.state).toBe('absent');
    expect((await keys('create')).json).toMatchObject({ state: 'found', made: true });
    expect((await keys('create')).json).toMatchObject({ state: 'found', made: false });

    const ask = () =>
      sotto(
        ['ask', '--json', '--yes', '--max-tokens', '2', '--server', server.address, 'Call 415-555-0132.'],
        { home, env },
      );
    const first = await ask();
    expect(first.code, first.stderr).toBe(0);
    expect(first.json.wire.keys).toBeGreaterThan(1_000_000);
    expect((await ask()).json.wire.keys).toBe(0);
    expect((await keys('status')).json.keys).toMatchObject([{ scope: 'cli', servers: [server.address] }]);
    expect(await storedKeys(server.dataDir)).toHaveLength(1);

    const rotated = await keys('rotate');
    expect(rotated.code, rotated.stderr).toBe(0);
    expect(rotated.json.deletions).toMatchObject({ deleted: [{ server: server.address }], pending: [] });
    expect(await storedKeys(server.dataDir)).toHaveLength(0);

    expect((await ask()).json.wire.keys).toBeGreaterThan(1_000_000);
    await server.kill();
    const revoked = await keys('revoke');
    expect(revoked.json.deletions).toMatchObject({ deleted: [], pending: [{ server: server.address }] });

    const files = await filesIn(home);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect((await stat(file)).mode & 0o077, file).toBe(0);
  });

  it('keeps the root key under a passphrase where there is no keychain, when told to', async () => {
    const { run, right, wrong } = await withoutKeychain();
    expect((await run('keys', 'status')).json.state).toBe('unavailable');
    // Nothing stands in for the keychain unless it is asked for.
    expect((await run('keys', 'create')).code).toBe(3);
    expect((await run('keys', 'create', '--passphrase-file', right)).json).toMatchObject({
      state: 'found',
      made: true,
      storage: 'passphrase',
    });
    const closed = await run('keys', 'status');
    expect(closed.code).toBe(3);
    expect(closed.json).toMatchObject({
      state: 'locked',
      storage: 'passphrase',
      message: expect.stringMatching(/passphrase/) as string,
    });
    expect((await run('keys', 'status', '--passphrase-file', wrong)).code).toBe(3);

    const ask = ['ask', '--yes', '--max-tokens', '1', 'Call 415-555-0132.'];
    const refused = await run(...ask);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/--passphrase-file/);
    const answered = await run(...ask, '--passphrase-file', right);
    expect(answered.code, answered.stderr).toBe(0);
  });

  it('moves a root key under another passphrase by way of a backup', async () => {
    const { run, right, wrong, home } = await withoutKeychain();
    const backup = join(home, 'backup.age');
    await run('keys', 'create', '--passphrase-file', right);
    const passphrases = ['--passphrase-file', wrong, '--profile-passphrase-file', right];
    const exported = await run('keys', 'export', backup, ...passphrases);
    expect(exported.code, exported.stderr).toBe(0);
    // Where it is to be kept must be said.
    expect((await run('keys', 'import', backup, '--passphrase-file', wrong)).code).toBe(2);
    const files = ['--passphrase-file', wrong, '--profile-passphrase-file', wrong];
    const moved = await run('keys', 'import', backup, ...files, '--storage', 'passphrase');
    expect(moved.json).toMatchObject({ state: 'found', storage: 'passphrase' });
    expect((await run('keys', 'status', '--passphrase-file', wrong)).json.state).toBe('found');
  });

  /** A profile on a machine without a keychain, and two files with passphrases. */
  async function withoutKeychain() {
    const home = await temporaryHome();
    const [right, wrong] = [join(home, 'right'), join(home, 'wrong')];
    await writeFile(right, 'correct horse battery staple\n');
    await writeFile(wrong, 'correct horse battery stapel\n');
    const bare = { ...env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
    const run = (...args: string[]) => sotto([...args, '--json'], { home, env: bare });
    return { home, right, wrong, run };
  }

  it('exports and imports a backup, and refuses a wrong passphrase', async () => {
    const home = await temporaryHome();
    const [backup, passphrase, wrong] = ['backup.age', 'passphrase', 'wrong'].map((name) => join(home, name));
    await writeFile(passphrase ?? '', 'correct horse battery\n');
    await writeFile(wrong ?? '', 'incorrect horse\n');
    const keys = (...args: string[]) => sotto(['keys', ...args, '--json'], { home, env });
    await keys('create');

    const exported = await keys('export', backup ?? '', '--passphrase-file', passphrase ?? '');
    expect(exported.code, exported.stderr).toBe(0);
    expect(exported.json).toEqual({ state: 'found', file: backup });
    expect(await readFile(backup ?? '', 'latin1')).toMatch(/^(age-encryption\.org\/v1|-----BEGIN AGE)/);
    const again = await keys('export', backup ?? '', '--passphrase-file', passphrase ?? '');
    expect([again.code, again.json.error.code]).toEqual([2, 'usage']);

    const before: number = (await keys('status')).json.epoch;
    const refused = await keys('import', backup ?? '', '--passphrase-file', wrong ?? '');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/passphrase/i)]);
    const imported = await keys('import', backup ?? '', '--passphrase-file', passphrase ?? '');
    expect(imported.code, imported.stderr).toBe(0);
    expect(imported.json.epoch).toBe(before + 1);
  });
});
