/** What goes wrong in life: each time a clear message, the right exit code, and nothing lost. */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeSmallPack } from '../../main/packs/small-pack.fixture.ts';
import { missingPrograms, startSession } from '../keychain/session.ts';
import { startServer } from './server.ts';
import { defaultPack, root, sotto, temporaryHome } from './sotto.ts';
import type { Result } from './sotto.ts';

const ask = ['ask', '--json', '--yes', '--ephemeral-keys', '--max-tokens', '4'];
const prompt = 'Call 415-555-0132 today.';

/** No stack trace, no secret, a sentence and a next step. */
function expectFailure(result: Result, code: number, message: RegExp, next?: RegExp): void {
  expect(result.code, result.stderr).toBe(code);
  expect(result.stderr).toMatch(message);
  if (next) expect(result.stderr).toMatch(next);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.stderr).not.toContain('415-555');
}

describe('usage', () => {
  it.each([
    [
      'an unknown policy',
      ['--policy', 'some', prompt],
      /no policy 'some'/,
      /everything, exact, masked-attention/,
    ],
    ['an empty prompt', [''], /prompt is empty/, undefined],
    ['a blank prompt', ['  \n '], /prompt is empty/, undefined],
    ['a word that is not in the prompt', ['--sensitive', 'Zebulon', prompt], /not in the prompt/, undefined],
    [
      'a temperature that is none',
      ['--temperature', 'hot', prompt],
      /--temperature must be a number/,
      undefined,
    ],
    ['a top-p of nothing', ['--top-p', '0', prompt], /--top-p must be a number over 0, at most 1/, undefined],
    ['more tokens than the context holds', ['--max-tokens', '5000', prompt], /context/, undefined],
    ['an unknown option', ['--nonsense', prompt], /unknown option/, undefined],
    ['an address that is none', ['--server', 'nowhere', prompt], /server address/, undefined],
  ])('%s', async (_, args, message, next) => {
    expectFailure(await sotto([...ask, ...args]), 2, message, next);
  });

  it('a prompt of 100 kB', async () => {
    const result = await sotto([...ask, '-'], { stdin: 'A long story. '.repeat(7_200) });
    expectFailure(result, 2, /tokens.*this model/, /Shorten/);
  });

  it('one JSON object on standard output, also for a failure', async () => {
    const result = await sotto([...ask, '--policy', 'some', prompt]);
    expect(result.json).toEqual({
      error: { code: 'usage', message: expect.any(String), next: expect.any(String) },
    });
  });

  it.each([
    ['an unknown option', [...ask, '--nonsense', prompt], /^unknown option '--nonsense'$/],
    ['a missing prompt', ask, /^missing required argument 'prompt'$/],
    ['an unknown command', ['aks', '--json', prompt], /^unknown command 'aks' \(Did you mean ask\?\)$/],
    ['an option without its value', [...ask, '--pack'], /^option '--pack <pack>' argument missing$/],
  ])('that object also for %s', async (_, args, message) => {
    const result = await sotto(args);
    expectFailure(result, 2, /^error: /);
    expect(result.json).toEqual({
      error: { code: 'usage', message: expect.stringMatching(message), next: expect.any(String) },
    });
  });

  it.each(['--help', '--version'])('%s, which is no failure', async (option) => {
    const result = await sotto([option, '--json']);
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(result.stdout).not.toContain('error');
  });

  it('no option of ask is one of plan', async () => {
    const options = ['--json', '--max-tokens', '4', prompt];
    const plan = await sotto(['plan', ...options]);
    const same = await sotto(['plan', '--yes', '--events', '--ephemeral-keys', ...options]);
    expect([same.code, same.stdout], same.stderr).toEqual([0, plan.stdout]);
    expect(plan.json).toHaveProperty('routes');
  });

  it('nobody there to confirm', async () => {
    expectFailure(
      await sotto(['ask', '--ephemeral-keys', prompt]),
      3,
      /confirmation needs a terminal.*Nothing was sent/,
    );
  });

  it('cleartext to another machine', async () => {
    expectFailure(await sotto([...ask, '--server', 'http://192.0.2.1:80', prompt]), 3, /Without TLS/);
  });
});

describe('packs', () => {
  it('a missing pack', async () => {
    expectFailure(await sotto([...ask, '--pack', '/nowhere/at-all', prompt]), 5, /no pack at/, /--pack/);
    expectFailure(await sotto([...ask, '--pack', 'unheard-of', prompt]), 5, /no pack named/, /sotto-14m/);
  });

  it.each(['weights.bin', 'manifest.json', 'tokenizer.json'])('a damaged %s', async (file) => {
    const pack = join(await temporaryHome(), 'pack');
    await cp(defaultPack, pack, { recursive: true });
    const bytes = await readFile(join(pack, 'client', file));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(join(pack, 'client', file), bytes);
    expectFailure(await sotto([...ask, '--pack', pack, prompt]), 5, /damaged|manifest does not fit/);
  });

  it('packs verify finds damage in either half', async () => {
    const small = await writeSmallPack();
    onTestFinished(() => rm(small.root, { recursive: true }));
    const verify = () => sotto(['packs', 'verify', '--json', small.root]);
    const files = small.manifest.files.length + 1;
    expect((await verify()).json).toEqual({ name: 'small', path: small.root, files, verified: true });
    await writeFile(join(small.root, 'server', 'matrices.bin'), 'damaged');
    expectFailure(await verify(), 5, /matrices\.bin/);
  });

  it('a damaged pack among the installed ones', async () => {
    const home = await temporaryHome();
    const path = join(home, 'packs', 'broken');
    await mkdir(path, { recursive: true });
    const list = () => sotto(['packs', 'list', '--json'], { home });
    expect((await list()).json).toEqual({
      packs: [
        { name: 'sotto-14m', path: expect.any(String), bytes: expect.any(Number), default: true },
        { name: 'broken', path, bytes: 0, default: false, problem: expect.stringContaining('manifest.json') },
      ],
    });
    expect((await sotto(['packs', 'remove', 'broken'], { home })).code).toBe(0);
    expect((await list()).json.packs).toHaveLength(1);
  });

  it('a pack that the server does not have', async () => {
    const server = await startServer();
    const home = await temporaryHome();
    const pack = join(home, 'other');
    execFileSync(join(root, 'native/target/release/sotto-pack'), [
      'build', '--from', join(root, 'build/model/sotto-14m'), '--out', pack, '--remote', 'all',
    ]); // prettier-ignore
    const result = await sotto([...ask, '--server', server.address, '--pack', pack, prompt], { home });
    expectFailure(result, 4, /does not serve this build of the pack/, /It serves/);
  });
});

describe('servers', () => {
  it('down', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    expectFailure(
      await sotto([...ask, '--server', `https://127.0.0.1:${port}`, prompt]),
      4,
      /Nothing was sent/,
    );
  });

  it('refuses the token', async () => {
    const dir = await temporaryHome();
    const tokens = join(dir, 'tokens.json');
    execFileSync(join(root, 'native/target/release/sotto-server'), [
      'token',
      'add',
      'somebody',
      '--tokens',
      tokens,
    ]);
    const server = await startServer({ tokens });
    const wrong = join(dir, 'token');
    await writeFile(wrong, 'not-the-token\n');
    for (const args of [[], ['--token-file', wrong]]) {
      const result = await sotto([...ask, ...args, '--server', server.address, prompt]);
      expectFailure(result, 4, /refused the token|needs a token/i);
      expect(result.stderr).not.toContain('not-the-token');
    }
  });

  it('takes the right token', async () => {
    const dir = await temporaryHome();
    const [tokens, file] = [join(dir, 'tokens.json'), join(dir, 'token')];
    const added = execFileSync(
      join(root, 'native/target/release/sotto-server'),
      ['token', 'add', 'somebody', '--tokens', tokens],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await writeFile(file, `${added.trim().split(/\s/).at(-1)}\n`);
    const server = await startServer({ tokens });
    const result = await sotto([...ask, '--token-file', file, '--server', server.address, prompt]);
    expect(result.code, result.stderr).toBe(0);
  });

  it('killed in mid-answer', async () => {
    const server = await startServer();
    const result = await sotto([...ask.slice(0, -1), '200', '--events', '--server', server.address, prompt], {
      started: (child) => {
        child.stdout?.on('data', (data: Buffer) => {
          if (data.toString().includes('"token"')) void server.kill();
        });
      },
    });
    expectFailure(result, 4, /connection|server/i);
  });

  it('shows another certificate than before', async () => {
    const home = await temporaryHome();
    const session = await keychainSession();
    const args = ['ask', '--json', '--yes', '--max-tokens', '2', '--server'];
    const before = await startServer();
    const first = await sotto([...args, before.address, prompt], { home, env: session });
    expect(first.code, first.stderr).toBe(0);
    await before.kill();
    const after = await startServer({ port: before.port });
    const second = await sotto([...args, after.address, prompt], { home, env: session });
    expectFailure(second, 4, /certificate.*is not the known one/, /--accept-new-certificate/);
    const accepted = ['--accept-new-certificate', after.identity ?? ''];
    const third = await sotto([...args, after.address, ...accepted, prompt], { home, env: session });
    expect(third.code, third.stderr).toBe(0);
  });

  it('killed and started again keeps the keys', async () => {
    const home = await temporaryHome();
    const session = await keychainSession();
    const dataDir = join(home, 'server');
    const args = ['ask', '--json', '--yes', '--max-tokens', '2', '--server'];
    const before = await startServer({ dataDir });
    const first = await sotto([...args, before.address, prompt], { home, env: session });
    expect(first.json.wire.keys).toBeGreaterThan(0);
    await before.kill();
    const after = await startServer({ dataDir, port: before.port });
    const second = await sotto([...args, after.address, prompt], { home, env: session });
    expect(second.code, second.stderr).toBe(0);
    expect(second.json.wire.keys).toBe(0);
    expect(second.json.tokens).toEqual(first.json.tokens);
  });
});

describe('this machine', () => {
  it('has no keychain', async () => {
    const result = await sotto(['ask', '--json', '--yes', prompt], {
      env: { DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '', DISPLAY: '', WAYLAND_DISPLAY: '' },
    });
    expectFailure(result, 3, /Nothing was sent/, /--ephemeral-keys/);
  });

  it('has a locked keychain', async () => {
    const home = await temporaryHome();
    const session = await startSession();
    onTestFinished(() => session.stop());
    const env = session.env as Record<string, string>;
    expect((await sotto(['keys', 'create'], { home, env })).code).toBe(0);
    await session.lock();
    const result = await sotto(['ask', '--json', '--yes', prompt], { home, env });
    expectFailure(result, 3, /locked.*Nothing was sent/, /[Uu]nlock/);
    const status = await sotto(['keys', 'status', '--json'], { home, env });
    expect([status.code, status.json.state]).toEqual([3, 'locked']);
  });

  it('has a full disk', async () => {
    const home = await temporaryHome();
    const full = join(home, 'full');
    await mkdir(full);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', full], { stdio: 'ignore' });
    } catch {
      console.log('a full disk: skipped, because mounting one needs root');
      return;
    }
    onTestFinished(() => void execFileSync('umount', ['-l', full]));
    await writeFile(join(full, 'filler'), Buffer.alloc(8192)).catch(() => undefined);
    const result = await sotto(['ask', '--json', '--yes', prompt], {
      home: full,
      env: await keychainSession(),
    });
    expect([3, 5]).toContain(result.code);
    expect(result.stderr).toMatch(/disk|space|written|full/i);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    await rm(join(full, 'filler'), { force: true });
  });

  it('lets no pack be installed', async () => {
    const home = join(await temporaryHome(), 'file');
    await writeFile(home, '');
    const result = await sotto(['packs', 'install', '--json', defaultPack], { home });
    expectFailure(result, 5, /packs cannot be written.*not installed/, /SOTTO_HOME/);
    expect(result.json.error).toMatchObject({ code: 'pack' });
  });

  it('has no folder for temporary files', async () => {
    const result = await sotto([...ask, prompt], { env: { TMPDIR: join(await temporaryHome(), 'none') } });
    expectFailure(result, 4, /no folder can be made in.*Nothing was sent/, /TMPDIR/);
    expect(result.json.error).toMatchObject({ code: 'server' });
  });

  it('is interrupted', async () => {
    const result = await sotto(
      ['ask', '--json', '--events', '--yes', '--ephemeral-keys', '--max-tokens', '300', prompt],
      {
        started: (child) => {
          child.stdout?.on('data', (data: Buffer) => {
            if (data.toString().includes('"token"')) child.kill('SIGINT');
          });
        },
      },
    );
    expect(result.code, result.stderr).toBe(130);
    const last: unknown = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ finish: 'cancelled' });
  });
});

async function keychainSession(): Promise<Record<string, string>> {
  const missing = missingPrograms();
  if (missing.length > 0) throw new Error(`not installed: ${missing.join(', ')}; run: npm test`);
  const session = await startSession();
  onTestFinished(() => session.stop());
  return session.env as Record<string, string>;
}
