/** The vault from the command line, with a real keychain and a real server. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { missingPrograms, startSession } from '../keychain/session.ts';
import type { Session } from '../keychain/session.ts';
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

  it('exports and imports a backup, and refuses a wrong passphrase', async () => {
    const home = await temporaryHome();
    const [backup, passphrase, wrong] = ['backup.age', 'passphrase', 'wrong'].map((name) => join(home, name));
    await writeFile(passphrase ?? '', 'correct horse battery\n');
    await writeFile(wrong ?? '', 'incorrect horse\n');
    const keys = (...args: string[]) => sotto(['keys', ...args, '--json'], { home, env });
    await keys('create');

    const exported = await keys('export', backup ?? '', '--passphrase-file', passphrase ?? '');
    expect(exported.code, exported.stderr).toBe(0);
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

/** Evaluation keys that the server keeps on disk, besides its certificate. */
async function storedKeys(dataDir: string): Promise<string[]> {
  const large = [];
  for (const file of await filesIn(dataDir)) if ((await stat(file)).size > 1_000_000) large.push(file);
  return large;
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
