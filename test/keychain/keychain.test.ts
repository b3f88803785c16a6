/** `main/vault` against a real GNOME Keyring. */
import { fork, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hostContract } from '../../app/contract/contract.ts';
import type { HostServices } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import { servePort } from '../../app/contract/port.ts';
import { forkNode } from '../../main/vault/keychain/fork-node.ts';
import { osKeychain } from '../../main/vault/keychain/os-keychain.ts';
import { runKeychainChild } from '../../main/vault/keychain/run-child.ts';
import { foundVault, importBackup, openVault } from '../../main/vault/open-vault.ts';
import { decodeRootKey } from '../../main/vault/root-key.ts';
import type { Vault } from '../../main/vault/vault.ts';
import { missingPrograms, startSession } from './session.ts';
import type { Session, SessionOptions } from './session.ts';

const missing = missingPrograms();
if (missing.length > 0) console.log(`skipped: the keychain tests need ${missing.join(', ')}`);

const keychain = osKeychain();
const account = 'default';
let session: Session;
afterEach(async () => await session.stop());

async function start(options?: SessionOptions): Promise<void> {
  session = await startSession(options);
  session.enter();
}

const profile = () => ({ profileDir: join(session.home, 'profile'), profileName: account });

async function create(): Promise<Vault> {
  const state = await openVault(profile());
  if (state.state !== 'absent') throw new Error(`expected absent, got ${state.state}`);
  return await state.create();
}

/** Runs a module's text in a process of its own, in the session. */
function inNewProcess(program: string) {
  const at = (path: string) => JSON.stringify(new URL(`../../main/vault/${path}`, import.meta.url).href);
  const imports = `
    import { createHash } from 'node:crypto';
    import { foundVault, openVault } from ${at('open-vault.ts')};
    import { osKeychain } from ${at('keychain/os-keychain.ts')};
    const profile = ${JSON.stringify(profile())};
    const digest = (vault) => createHash('sha256').update(vault.databaseKey()).digest('hex');`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', imports + program], {
    env: session.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return { child, closed, output: () => closed.then(() => output.trim()) };
}

describe.skipIf(missing.length > 0)('keytar’s four calls', () => {
  it('set, get, find, replace, delete', async () => {
    await start();
    expect(await keychain.getPassword('Sotto', account)).toBeNull();
    await keychain.setPassword('Sotto', account, 'one');
    await keychain.setPassword('Sotto', account, 'zwei · два');
    await keychain.setPassword('Sotto', 'second', 'three');
    await keychain.setPassword('Other', account, 'four');
    expect(await keychain.getPassword('Sotto', account)).toBe('zwei · два');
    const found = await keychain.findCredentials('Sotto');
    expect(found.toSorted((a, b) => a.account.localeCompare(b.account))).toEqual([
      { account, password: 'zwei · два' },
      { account: 'second', password: 'three' },
    ]);
    expect(await keychain.deletePassword('Sotto', account)).toBe(true);
    expect(await keychain.deletePassword('Sotto', account)).toBe(false);
    expect(await keychain.getPassword('Other', account)).toBe('four');
  });
});

describe.skipIf(missing.length > 0)('an unlocked keyring', () => {
  it('has no key until one is created, which a new process then finds', async () => {
    await start();
    expect(await openVault(profile())).toMatchObject({ state: 'absent', lost: false });
    expect(existsSync(profile().profileDir)).toBe(false);
    const vault = await create();
    const { output } = inNewProcess('console.log(digest(foundVault(await openVault(profile))));');
    const mine = inNewProcess('console.log(digest(foundVault(await openVault(profile))));');
    expect(await output()).toMatch(/^[0-9a-f]{64}$/);
    expect(await mine.output()).toBe(await output());
    vault.close();
  });

  it('of four processes that create at once, gives all the same key', async () => {
    await start();
    const program = `
      const state = await openVault(profile);
      const vault = state.state === 'absent' ? await state.create() : foundVault(state);
      console.log(digest(vault));`;
    const processes = Array.from({ length: 4 }, () => inNewProcess(program));
    const digests = await Promise.all(processes.map((process) => process.output()));
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(digests).size).toBe(1);
    expect(await keychain.findCredentials('Sotto')).toHaveLength(1);
  });

  it('keeps the root key to itself: it is in no file of the profile', async () => {
    await start();
    const vault = await create();
    vault.latticeKey('cli');
    vault.rotate();
    await vault.exportBackup(join(profile().profileDir, 'backup.age'), 'passphrase');
    const root = decodeRootKey((await keychain.getPassword('Sotto', account)) ?? '');
    vault.close();
    const files = readdirSync(profile().profileDir);
    expect(files.toSorted()).toEqual(['backup.age', 'vault.db']);
    for (const file of files) {
      const bytes = readFileSync(join(profile().profileDir, file));
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(bytes.includes(root.toString(encoding).replace(/=+$/, ''))).toBe(false);
      }
      expect(bytes.includes(root)).toBe(false);
    }
  });

  it('loses the key when told to delete it, and takes it back from a backup', async () => {
    await start();
    const vault = await create();
    const key = Buffer.from(vault.databaseKey()).toString('hex');
    const file = join(session.home, 'backup.age');
    await vault.exportBackup(file, 'passphrase');
    await vault.deleteRoot();
    expect(await keychain.findCredentials('Sotto')).toEqual([]);
    const imported = await importBackup({ ...profile(), file, passphrase: 'passphrase' });
    expect(Buffer.from(imported.databaseKey()).toString('hex')).toBe(key);
    imported.close();
  });

  it('still has the key after its daemon was restarted', async () => {
    await start();
    const vault = await create();
    const key = Buffer.from(vault.databaseKey()).toString('hex');
    vault.close();
    await session.restart();
    const again = foundVault(await openVault(profile()));
    expect(Buffer.from(again.databaseKey()).toString('hex')).toBe(key);
    again.close();
  });
});

describe.skipIf(missing.length > 0)('a locked keyring', () => {
  it('that holds the key says locked; nothing is created; unlocked, the key is there', async () => {
    await start();
    (await create()).close();
    const before = readFileSync(join(profile().profileDir, 'vault.db'));
    await session.restart({ unlock: false });
    expect(await openVault(profile())).toEqual({
      state: 'locked',
      message: expect.stringMatching(/locked/) as string,
      next: expect.stringMatching(/Unlock/) as string,
    });
    expect(readFileSync(join(profile().profileDir, 'vault.db'))).toEqual(before);
    await session.restart();
    foundVault(await openVault(profile())).close();
  });

  it('that does not hold the key says locked, not absent', async () => {
    await start();
    await session.lock();
    expect(await openVault(profile())).toMatchObject({ state: 'locked' });
    expect(existsSync(profile().profileDir)).toBe(false);
  });

  it('that holds the key says locked also when it is not the default one', async () => {
    await start();
    (await create()).close();
    await session.lock();
    await session.setDefault('session');
    expect(await openVault(profile())).toMatchObject({ state: 'locked' });
  });

  it('refuses creation, import and deletion by processes that asked while it was open', async () => {
    await start();
    const absent = await openVault(profile());
    if (absent.state !== 'absent') throw new Error(absent.state);
    await session.lock();
    await expect(absent.create()).rejects.toMatchObject({ code: 'refused' });
    expect(existsSync(profile().profileDir)).toBe(false);
    await session.restart();
    const vault = await create();
    const file = join(session.home, 'backup.age');
    await vault.exportBackup(file, 'passphrase');
    await session.lock();
    await expect(vault.deleteRoot()).rejects.toMatchObject({ code: 'refused' });
    await expect(importBackup({ ...profile(), file, passphrase: 'passphrase' })).rejects.toMatchObject({
      code: 'refused',
    });
    vault.close();
    await session.restart();
    foundVault(await openVault(profile())).close();
  });

  it('whose prompt is dismissed says locked', async () => {
    await start();
    await keychain.setPassword('Sotto', account, 'x');
    await session.lock();
    await expect(keychain.getPassword('Sotto', account)).rejects.toMatchObject({ state: 'locked' });
    await expect(keychain.setPassword('Sotto', account, 'y')).rejects.toMatchObject({ state: 'locked' });
    await expect(keychain.deletePassword('Sotto', account)).rejects.toMatchObject({ state: 'locked' });
  });

  it('whose prompt stays on the screen says locked within the limit, and its process can end', async () => {
    await start({ prompt: 'hangs' });
    await keychain.setPassword('Sotto', account, 'x');
    await session.lock();
    const began = performance.now();
    const { output } = inNewProcess(`
      const refusal = await osKeychain({ limitMs: 1500 }).getPassword('Sotto', 'default').catch((error) => error);
      console.log(refusal.state, refusal.message);`);
    expect(await output()).toMatch(/^locked The keychain did not answer within 1.5 s; an unlock prompt/);
    expect(performance.now() - began).toBeGreaterThan(1500);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('whose prompt stays on the screen keeps no process behind when the caller is killed', async () => {
    await start({ prompt: 'hangs' });
    await keychain.setPassword('Sotto', account, 'x');
    await session.lock();
    const { child, closed } = inNewProcess("await osKeychain().getPassword('Sotto', 'default');");
    const grandchild = await childOf(child.pid ?? 0);
    child.kill('SIGKILL');
    await closed;
    await until(() => !existsSync(`/proc/${grandchild}`));
  });
});

describe.skipIf(missing.length > 0)('no keychain', () => {
  it('for want of a session bus is unavailable', async () => {
    await start({ keyring: 'no-bus' });
    expect(await openVault(profile())).toMatchObject({
      state: 'unavailable',
      next: expect.stringMatching(/--ephemeral-keys/) as string,
    });
    await expect(keychain.getPassword('Sotto', account)).rejects.toMatchObject({ state: 'unavailable' });
    await expect(keychain.setPassword('Sotto', account, 'x')).rejects.toMatchObject({ state: 'unavailable' });
    await expect(keychain.findCredentials('Sotto')).rejects.toMatchObject({ state: 'unavailable' });
    expect(existsSync(profile().profileDir)).toBe(false);
  });

  it('for want of a default keyring is unavailable', async () => {
    await start({ keyring: 'none' });
    expect(await openVault(profile())).toMatchObject({
      state: 'unavailable',
      message: expect.stringMatching(/no default keyring/) as string,
    });
    await expect(keychain.setPassword('Sotto', account, 'x')).rejects.toMatchObject({ state: 'unavailable' });
    expect(existsSync(profile().profileDir)).toBe(false);
  });

  it('for want of gdbus is unavailable, and says what to install', async () => {
    await start();
    process.env['PATH'] = join(session.home, 'empty');
    expect(await openVault(profile())).toMatchObject({
      state: 'unavailable',
      next: expect.stringMatching(/apt install libglib2.0-bin/) as string,
    });
  });

  it('does not keep ephemeral keys from working', async () => {
    await start({ keyring: 'no-bus' });
    const vault = foundVault(await openVault({ ...profile(), ephemeral: true }));
    expect(vault.latticeKey('cli').keyId).toHaveLength(16);
    expect(existsSync(profile().profileDir)).toBe(false);
    vault.close();
  });
});

describe.skipIf(missing.length > 0)('a profile under a passphrase', () => {
  const passphrase = 'correct horse battery staple';

  it('leaves an open keyring alone, and needs none afterwards', async () => {
    await start();
    const state = await openVault(profile());
    if (state.state !== 'absent') throw new Error(state.state);
    const vault = await state.create({ passphrase });
    vault.latticeKey('cli');
    const key = Buffer.from(vault.databaseKey()).toString('hex');
    vault.close();
    expect(await keychain.findCredentials('Sotto')).toEqual([]);
    // From here on there is no way to a keychain at all: no program to ask it, and no bus.
    process.env['PATH'] = join(session.home, 'empty');
    process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nowhere';
    const locked = await openVault(profile());
    if (locked.state !== 'passphrase') throw new Error(locked.state);
    const again = await locked.unlock(passphrase);
    expect(Buffer.from(again.databaseKey()).toString('hex')).toBe(key);
    again.rotate();
    await again.exportBackup(join(session.home, 'backup.age'), passphrase);
    await again.deleteRoot();
    expect(readdirSync(profile().profileDir)).toEqual(['vault.db']);
  });

  it('is made where there is no bus, and never where the keyring is locked', async () => {
    await start();
    await session.lock();
    const locked = await openVault(profile());
    expect(locked.state).toBe('locked');
    expect('create' in locked).toBe(false);
    await session.stop();
    await start({ keyring: 'no-bus' });
    const state = await openVault(profile());
    if (state.state !== 'unavailable') throw new Error(state.state);
    (await state.create({ passphrase })).close();
    expect((await openVault(profile())).state).toBe('passphrase');
  });
});

describe.skipIf(missing.length > 0)('a process that may not start a child', () => {
  it('has its host make its keychain calls', async () => {
    await start();
    const requests: string[] = [];
    const host: HostServices['host'] = {
      confirm: async () => ({ confirmed: false }),
      chooseFolder: async () => ({ path: null }),
      applySettings: async () => ({ shortcutTaken: false }),
      notify: async () => ({}),
      async keychain({ request, limitMs }) {
        requests.push(request);
        return { answer: await runKeychainChild(forkNode, request, limitMs) };
      },
    };
    const at = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
    const file = join(session.home, 'services.ts');
    writeFileSync(
      file,
      `
      import { createClient } from ${at('app/contract/client.ts')};
      import { hostContract } from ${at('app/contract/contract.ts')};
      import { connectPort } from ${at('app/contract/port.ts')};
      import { osKeychain } from ${at('main/vault/keychain/os-keychain.ts')};
      import { foundVault, openVault } from ${at('main/vault/open-vault.ts')};
      const port = {
        post: (message) => process.send({ port: message }),
        onMessage: (listener) => process.on('message', (message) => listener(message)),
        onClose: () => undefined,
      };
      const { host } = createClient(hostContract, connectPort(port, () => new Error('lost')));
      const keychain = osKeychain({ run: async (request, limitMs) => (await host.keychain({ request, limitMs })).answer });
      const state = await openVault({ ...${JSON.stringify(profile())}, keychain });
      const vault = state.state === 'absent' ? await state.create() : foundVault(state);
      process.send({ done: vault.status().storage });
      process.disconnect();`,
    );
    const child = fork(file, [], { env: session.env, execArgv: [] });
    const failures: unknown[] = [];
    let done: unknown;
    servePort(
      {
        post: (message) => void child.send(message as object),
        onMessage: (listener) =>
          void child.on('message', (message: { port?: unknown; done?: unknown }) => {
            if (message.port === undefined) done = message.done;
            else listener(message.port);
          }),
        onClose: () => undefined,
      },
      createDispatcher(hostContract, { host }, (error) => failures.push(error)),
    );
    await new Promise((resolve) => child.once('close', resolve));
    expect(failures).toEqual([]);
    expect(done).toBe('keychain');
    expect(requests.map((request) => (JSON.parse(request) as { operation: string }).operation)).toEqual([
      'set',
      'get',
    ]);
    foundVault(await openVault(profile())).close();
  });

  it('is told of a call that was given up, and of a child that said nothing', async () => {
    await start({ prompt: 'hangs' });
    await keychain.setPassword('Sotto', account, 'x');
    await session.lock();
    const request = JSON.stringify({ operation: 'get', service: 'Sotto', account });
    expect(JSON.parse((await runKeychainChild(forkNode, request, 1500)) ?? '')).toEqual({
      ok: false,
      at: 'limit',
      reason: '',
    });
    for (const malformed of ['', '{', '{"operation":"get"}', 'x'.repeat(200_000)]) {
      expect(await runKeychainChild(forkNode, malformed, 10_000)).toBeNull();
    }
  });
});

async function childOf(pid: number): Promise<number> {
  let found = 0;
  await until(() => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    found = Number(children.split(' ')[0] ?? 0);
    return found > 0;
  });
  return found;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it never happened');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
