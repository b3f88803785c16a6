/**
 * What code in the page can reach, if it ever were an attacker's: over the real web host, with everything that a page
 * has (its socket, its token), and some that it has not. Nothing outside the profile is read or written, and what
 * needs the user's word does not happen without it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../app/contract/client.ts';
import type { Client } from '../../app/contract/client.ts';
import { pageContract } from '../../app/contract/contract.ts';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { Method } from '../../app/contract/method.ts';
import { connectPort } from '../../app/contract/port.ts';
import { Failure } from '../../app/failure/failure.ts';
import { startBundledServer } from '../../main/services/bundled-server.ts';
import type { BundledServer } from '../../main/services/bundled-server.ts';
import { installation } from '../../main/installation/installation.ts';
import { createRandom, sample, withTextReplaced } from './hostile-inputs.ts';
import { connectPage, startTestHost } from './web-page.ts';
import type { PageSocket, TestHost } from './web-page.ts';

const secret = 'canary-5d1f0c9e7b';
const passphrase = 'correct horse battery staple';

let scratch: string;
let host: TestHost;
let page: PageSocket;
let api: Client<typeof pageContract>;
const events: WindowEvent[] = [];
const stop = new AbortController();

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sotto-hostile-'));
  // Around the profile's home, as far up as this test owns, and where the words of the attack point.
  for (const folder of ['', 'outside', 'home/profiles', 'home/packs/x']) {
    mkdirSync(join(scratch, folder), { recursive: true });
  }
  for (const canary of canaries()) writeFileSync(canary, secret);
  host = await startTestHost({ home: join(scratch, 'home') });
  page = await connectPage(host);
  api = createClient(
    pageContract,
    connectPort(page.port, () => new Failure('cancelled', 'Closed.')),
  );
  void api.window
    .events({}, { onItem: (event) => events.push(event), signal: stop.signal })
    .catch(() => undefined);
  await api.keys.create({ storage: 'passphrase', passphrase, replace: false });
});

afterAll(async () => {
  stop.abort();
  await page.close();
  await host.close();
  rmSync(scratch, { recursive: true, force: true });
});

const canaries = () => [
  join(scratch, 'canary.txt'),
  join(scratch, 'canary.json'),
  join(scratch, 'outside', 'canary.txt'),
  join(scratch, 'outside', 'manifest.json'),
];

/** Ways to write "that file out there". */
function hostilePaths(): string[] {
  const absolute = join(scratch, 'canary.txt');
  const ups = ['../canary.txt', '../../canary.txt', '../../../canary.txt', '../../../../canary.txt'];
  const folders = ['../outside', '../../outside', '../../../outside', join(scratch, 'outside')];
  return [
    ...ups,
    ...folders,
    absolute,
    `file://${absolute}`,
    `/proc/self/root${absolute}`,
    encodeURIComponent(ups[1] ?? ''),
    '%2e%2e/%2e%2e/canary.txt',
    '..%2f..%2fcanary.txt',
    '%252e%252e%252fcanary.txt',
    '..\\..\\canary.txt',
    '....//....//canary.txt',
    '\u002e\u002e/canary.txt',
    '..%c0%af..%c0%afcanary.txt',
    `${absolute}\u0000.json`,
    `a\u0000${absolute}`,
    'a/../../canary.txt',
    'sotto-14m/../../../canary.txt',
    '.',
    '..',
    '~/canary.txt',
    '$HOME/canary.txt',
    '\\\\127.0.0.1\\share\\canary.txt',
    'CON',
    `https://127.0.0.1:1/${absolute}`,
    `unix:${absolute}`,
  ];
}

/** Paths and sizes of all that is outside the home, with when it was changed. */
function outside(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(scratch, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path === join(scratch, 'home') || path.startsWith(join(scratch, 'home/'))) continue;
    const { size, mtimeMs, ctimeMs, mode } = statSync(path);
    found[path] = `${size} ${mtimeMs} ${mode}${entry.isFile() ? ` ${ctimeMs}` : ''}`;
  }
  return found;
}

/** Whether reading a file moves its access time here (`relatime`, after it was set back). */
function setBackAccessTimes(files: readonly string[]): void {
  for (const file of files) utimesSync(file, new Date(0), statSync(file).mtime);
}

const methods = Object.entries(pageContract).flatMap(([service, of]) =>
  Object.entries(of as Record<string, Method>).map(([name, method]) => ({ service, name, method })),
);

describe('a path in every text field of every method', () => {
  const ask = async (service: string, name: string, method: Method, input: unknown): Promise<unknown> => {
    const client = api[service as keyof typeof api] as unknown as Record<
      string,
      (input: unknown, options: unknown) => Promise<unknown>
    >;
    const limit = AbortSignal.timeout(2000);
    const items: unknown[] = [];
    const options =
      method.type === 'stream' ? { onItem: (item: unknown) => items.push(item), signal: limit } : limit;
    try {
      return [await client[name]?.(input, options), items];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { code, message, next, facts } = error;
      expect(message).not.toContain('Something went wrong inside Sotto');
      return [{ code, message, next, facts }, items];
    }
  };
  /** What asks the user is asked below; these go on by themselves, and would look at every address for seconds. */
  const elsewhere = new Set([
    'window.events',
    'keys.lock',
    'keys.create',
    'system.doctor',
    'assistant.warmUp',
  ]);

  it.each(methods.filter(({ service, name }) => !elsewhere.has(`${service}.${name}`)))(
    '$service $name',
    async ({ service, name, method }) => {
      setBackAccessTimes(canaries());
      const before = outside();
      const read = canaries().map((file) => statSync(file).atimeMs);
      const random = createRandom(7);
      const inputs = Array.from({ length: 6 }, () => sample(method.in, random));
      const tried = new Map<string, unknown>();
      for (const path of hostilePaths()) {
        for (const input of inputs) {
          for (const hostile of withTextReplaced(input, path)) tried.set(JSON.stringify(hostile), hostile);
        }
      }
      // What the schema refuses is refused by one and the same code; of what it takes, enough to know the method.
      const taken = [...tried.values()].filter((input) => v.is(method.in, input)).slice(0, 40);
      const refused = [...tried.values()].filter((input) => !v.is(method.in, input)).slice(0, 40);
      for (const input of refused) {
        expect(await ask(service, name, method, input)).toMatchObject([{ code: 'usage' }, []]);
      }
      const answers = await Promise.all(taken.map((input) => ask(service, name, method, input)));
      decline();
      for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(secret);
      expect(outside()).toEqual(before);
      if (accessTimesMove) expect(canaries().map((file) => statSync(file).atimeMs)).toEqual(read);
    },
  );
});

/** Declines what the attempts above asked the user. */
function decline(): void {
  for (const event of events.splice(0)) {
    if (event.type === 'confirmation')
      void api.window.confirm({ id: event.id, code: '' }).catch(() => undefined);
  }
}

/** Access times are evidence only where the file system keeps them. */
let accessTimesMove = false;
beforeAll(() => {
  const control = join(scratch, 'control.txt');
  writeFileSync(control, 'control');
  setBackAccessTimes([control]);
  const before = statSync(control).atimeMs;
  readFileSync(control);
  accessTimesMove = statSync(control).atimeMs !== before;
});

describe('without the user’s word', () => {
  const notConfirmed = { code: 'refused', reason: 'not-confirmed' };

  /** The next confirmation's event, answered with what a page could make up. */
  async function answerWith(codes: readonly string[]): Promise<void> {
    await expect.poll(() => events.some(({ type }) => type === 'confirmation')).toBe(true);
    for (const event of events.splice(0)) {
      if (event.type !== 'confirmation') continue;
      for (const code of codes) {
        expect(await api.window.confirm({ id: event.id, code })).toEqual({ accepted: false });
      }
    }
  }
  /** What the user does who reads the terminal. */
  async function confirmWithCode(): Promise<void> {
    await expect.poll(() => events.some(({ type }) => type === 'confirmation')).toBe(true);
    const asked = events.splice(0).find((event) => event.type === 'confirmation');
    const code = /code (\d{6})/.exec(host.said.at(-1) ?? '')?.[1] ?? '';
    expect(await api.window.confirm({ id: asked?.id ?? '', code })).toEqual({ accepted: true });
  }
  const guesses = (): string[] => {
    const right = /code (\d{6})/.exec(host.said.at(-1) ?? '')?.[1];
    return ['000000', '123456', '999999', '111111'].filter((guess) => guess !== right).slice(0, 3);
  };

  it('no backup leaves', async () => {
    for (const codes of [[''], guesses()]) {
      const backup = api.keys.exportBackup({ passphrase });
      backup.catch(() => undefined);
      await answerWith(codes);
      await expect(backup).rejects.toMatchObject(notConfirmed);
    }
  });

  it('no root key is replaced', async () => {
    const backup = api.keys.exportBackup({ passphrase });
    await confirmWithCode();
    const { text } = await backup;
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);

    await api.settings.set({ welcomed: true });
    for (const codes of [[''], guesses()]) {
      const taken = api.keys.importBackup({ text, passphrase, replace: true });
      taken.catch(() => undefined);
      await answerWith(codes);
      await expect(taken).rejects.toMatchObject(notConfirmed);
    }
    const lost = api.keys.create({ storage: 'passphrase', passphrase, replace: true });
    lost.catch(() => undefined);
    await answerWith(['']);
    await expect(lost).rejects.toBeInstanceOf(Failure);
    expect((await api.settings.get({})).settings.welcomed).toBe(true);
  });

  describe('no server', () => {
    let server: BundledServer;
    beforeAll(async () => {
      server = await startBundledServer({
        packs: [installation.defaultPack],
        dataDir: join(scratch, 'home', 'server'),
      });
    });
    afterAll(() => server.stop());

    it('is contacted, and none gets a token', async () => {
      const contacts: Socket[] = [];
      const elsewhere = createServer((socket) => void contacts.push(socket)).listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      const { port } = elsewhere.address() as AddressInfo;
      const address = `http://127.0.0.1:${port}`;
      for (const codes of [[''], guesses()]) {
        const probed = api.servers.probe({ address });
        probed.catch(() => undefined);
        await answerWith(codes);
        await expect(probed).rejects.toMatchObject(notConfirmed);
      }
      const added = api.servers.add({ name: 'There', address, identity: null, token: secret });
      await expect(added).rejects.toMatchObject({ code: 'usage' });
      expect(contacts).toEqual([]);
      elsewhere.close();
    });

    it('is trusted with another certificate, or gets another token', async () => {
      const { address, identity = '' } = server;
      const probed = api.servers.probe({ address });
      await confirmWithCode();
      await probed;
      const added = await api.servers.add({ name: 'There', address, identity, token: null });
      for (const codes of [[''], guesses()]) {
        const other = `sha256:${'0'.repeat(64)}`;
        const accepted = api.servers.acceptCertificate({ id: added.id, identity: other });
        accepted.catch(() => undefined);
        await answerWith(codes);
        await expect(accepted).rejects.toMatchObject(notConfirmed);
      }
      const token = api.servers.setToken({ id: added.id, token: secret });
      token.catch(() => undefined);
      await answerWith(guesses());
      await expect(token).rejects.toMatchObject(notConfirmed);
      const { servers } = await api.servers.list({});
      expect(servers.find(({ id }) => id === added.id)).toMatchObject({ identity, hasToken: false });
    });
  });

  it('no folder is chosen but the one that the terminal named', async () => {
    const installed = await api.packs.installFromFolder({}, { onItem: () => undefined });
    expect(installed).toEqual({ name: null, bytes: 0 });
  });
});

it('no method gives the root key, a token or a passphrase', async () => {
  const said = JSON.stringify([
    await api.keys.status({}),
    await api.settings.get({}),
    await api.servers.list({}),
    await api.system.about({}),
    await api.system.ledger({ purpose: null, direction: null, peer: null, limit: 2000 }),
  ]);
  expect(said).not.toContain(passphrase);
  expect(said).not.toMatch(/"(?:root|rootKey|secret|token|passphrase)":/i);
  expect(existsSync(join(scratch, 'home', 'profiles', 'default'))).toBe(true);
});
