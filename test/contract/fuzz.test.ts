/**
 * Malformed messages to every method of the contract: each has a tagged error, nothing crashes, and everything answers
 * afterwards. `SOTTO_FUZZ_SEED` and `SOTTO_FUZZ_COUNT` look elsewhere and further.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pageContract } from '../../app/contract/contract.ts';
import type { Services, WindowServices } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import type { Dispatcher } from '../../app/contract/dispatch.ts';
import type { Method } from '../../app/contract/method.ts';
import { portPair } from '../../app/contract/port-pair.fixture.ts';
import { servePort } from '../../app/contract/port.ts';
import { errorSchema } from '../../app/contract/result.ts';
import type { Result } from '../../app/contract/result.ts';
import { createAppServices } from '../../main/services/app-services.ts';
import type { AppServices } from '../../main/services/app-services.ts';
import { openProfile } from '../../main/services/profile.ts';
import { createConfirmations } from '../../main/host/confirmations.ts';
import { createPages } from '../../main/host/pages.ts';
import { createWindowServices } from '../../main/host/window-services.ts';
import { createRandom, malformedMessage, mutate, sample } from './hostile-inputs.ts';
import { connectPage, startTestHost } from './web-page.ts';
import type { PageSocket, TestHost } from './web-page.ts';

const seed = Number(process.env['SOTTO_FUZZ_SEED'] ?? 20_261_121);
const count = Number(process.env['SOTTO_FUZZ_COUNT'] ?? 10_000);
const overTheWire = Math.max(20, count / 100);
/** Mutations that are valid by chance are run too, so many per method; the others are mutated again. */
const mostValid = 5;
/** What a valid one may take before it is stopped. Milliseconds. */
const patience = 300;

const methods = Object.entries(pageContract).flatMap(([service, of]) =>
  Object.entries(of as Record<string, Method>).map(([name, method]) => ({ service, name, method })),
);
const result = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), value: v.unknown() }),
  v.strictObject({ ok: v.literal(false), error: errorSchema }),
]);
const refused = { code: 'usage', reason: 'invalid-request' };

describe('in this process, on the product’s services', () => {
  const home = mkdtempSync(join(tmpdir(), 'sotto-fuzz-'));
  const defects: string[] = [];
  let app: AppServices;
  let dispatcher: Dispatcher;

  beforeAll(async () => {
    app = await createAppServices({
      version: '0',
      profile: openProfile('default', home),
      host: {
        confirm: async () => ({ confirmed: false }),
        chooseFolder: async () => ({ path: null }),
        applySettings: async () => ({ shortcutTaken: false }),
        notify: async () => ({}),
        keychain: async () => ({ answer: null }),
      },
    });
    const pages = createPages();
    const window = createWindowServices({
      page: pages.open(),
      confirmations: createConfirmations({ say: () => undefined, event: () => undefined }, pages.emit),
      canChooseFolder: false,
    });
    const services: Services & WindowServices = { ...app.services, ...window };
    dispatcher = createDispatcher(pageContract, services, (error, where) =>
      defects.push(`${where}: ${String(error)}`),
    );
    const made = await run('keys', 'create', {
      storage: 'passphrase',
      passphrase: 'correct horse',
      replace: false,
    });
    expect(made.ok).toBe(true);
  });
  afterAll(async () => {
    await app.close();
    rmSync(home, { recursive: true, force: true });
  });

  function run(service: string, method: string, input: unknown, signal = new AbortController().signal) {
    return dispatcher.run({ service, method, input }, () => undefined, signal);
  }

  it.each(methods)('$service $name', async ({ service, name, method }) => {
    const random = createRandom(seed);
    let valid = 0;
    for (let sent = 0; sent < count;) {
      const input = mutate(sample(method.in, random), random, { clones: true });
      if (v.is(method.in, input)) {
        if (valid >= mostValid) continue;
        valid += 1;
        sent += 1;
        expect(v.is(result, await run(service, name, input, AbortSignal.timeout(patience)))).toBe(true);
        continue;
      }
      sent += 1;
      const answer: Result<unknown> = await run(service, name, input);
      // An expectation for each of half a million answers would be most of the test's time.
      if (answer.ok || !v.is(result, answer)) expect.fail(`${service}.${name} took ${describeInput(input)}`);
      const { code, reason, message } = answer.error;
      if (code !== refused.code || reason !== refused.reason || message.length > 600) {
        expect.fail(`${service}.${name} answered ${JSON.stringify(answer)} to ${describeInput(input)}`);
      }
    }
    expect(defects).toEqual([]);
  });

  it('pollutes no prototype', () => {
    expect('polluted' in {}).toBe(false);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('answers as before', async () => {
    expect(await run('settings', 'get', {})).toMatchObject({ ok: true });
    expect(await run('packs', 'list', {})).toMatchObject({ ok: true });
  });

  it.each(['json', 'clone'] as const)('messages that are no requests, as %s', async (carrier) => {
    const random = createRandom(seed);
    const pair = portPair(carrier);
    servePort(pair.callee, dispatcher);
    const answers: { id: number | null; type: string; result?: Result<unknown> }[] = [];
    pair.caller.onMessage((message) => answers.push(message as (typeof answers)[number]));
    let sent = 0;
    while (sent < count) {
      const message = malformedMessage(random, { clones: carrier === 'clone' });
      try {
        pair.caller.post(message);
        sent += 1;
      } catch {
        // The transport itself refuses it: it never leaves the page.
      }
      if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(count);
    const results = answers.filter(({ type }) => type === 'result');
    expect(results.filter((answer) => !v.is(result, answer.result))).toEqual([]);
    const taken = results.filter((answer) => answer.result?.ok);
    expect(taken.length).toBeLessThan(count / 20);
    pair.close();
  });
});

describe('over the web host', () => {
  let host: TestHost;
  let page: PageSocket;
  const answers = new Map<number | null, Result<unknown>>();
  let refusals = 0;
  let servicesPid: number;

  beforeAll(async () => {
    host = await startTestHost();
    page = await connectPage(host);
    page.port.onMessage((message) => {
      const answer = message as { type: string; id: number | null; result: Result<unknown> };
      if (answer.type !== 'result') return;
      if (answer.id === null) refusals += 1;
      else answers.set(answer.id, answer.result);
    });
    page.port.post({ type: 'call', id: 0, service: 'settings', method: 'get', input: {} });
    await vi.waitUntil(() => answers.has(0), { timeout: 60_000 });
    servicesPid = childOf(process.pid);
  });
  afterAll(async () => {
    await page.close();
    await host.close();
  });

  async function ask(id: number, service: string, method: string, input: unknown) {
    answers.delete(id);
    page.port.post({ type: 'call', id, service, method, input });
    await expect.poll(() => answers.has(id)).toBe(true);
    return answers.get(id);
  }

  it(`${overTheWire} malformed inputs to every method`, async () => {
    const random = createRandom(seed);
    let id = 1;
    for (const { service, name, method } of methods) {
      const first = id;
      answers.clear();
      for (let sent = 0; sent < overTheWire;) {
        const input = mutate(sample(method.in, random), random, { clones: false });
        const carried: unknown = input === undefined ? undefined : JSON.parse(JSON.stringify(input));
        if (v.is(method.in, carried)) continue;
        page.port.post({ type: method.type, id, service, method: name, input: carried });
        id += 1;
        sent += 1;
      }
      await expect.poll(() => answers.size).toBe(overTheWire);
      for (let at = first; at < id; at += 1) {
        const answer = answers.get(at);
        expect(answer?.ok === false && answer.error).toMatchObject(refused);
      }
    }
  });

  it('frames that are no messages', async () => {
    const before = refusals;
    const random = createRandom(seed);
    const bytes = () => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
    const frames: (() => void)[] = [
      () => page.socket.send(bytes()),
      () => page.socket.send(bytes().toString('latin1')),
      () => page.socket.send(''),
      () => page.socket.send('{'),
      () => page.socket.send('['.repeat(1 + random.below(100_000))),
      () => page.socket.send(`{"type":"call","id":${'9'.repeat(400)}}`),
      () => page.socket.send('{"__proto__":{"type":"call"}}'),
      () => page.socket.send(JSON.stringify('x'.repeat(1 << 16))),
      () => page.socket.send(Buffer.from(JSON.stringify({ type: 'call', id: 1, service: 'settings', method: 'get', input: {} }))), // prettier-ignore
    ];
    for (let sent = 0; sent < 1000; sent += 1) frames[sent % frames.length]?.();
    await expect.poll(() => refusals - before).toBe(1000);
  });

  it('the same process answers afterwards, and holds no more memory than before', async () => {
    expect(await ask(1, 'settings', 'get', {})).toMatchObject({ ok: true });
    expect(childOf(process.pid)).toBe(servicesPid);
    expect(residentBytes(servicesPid)).toBeLessThan(600 << 20);
    expect(host.said).toEqual([]);
  });

  it('a frame beyond the limit ends that page, and no other', async () => {
    const other = await connectPage(host);
    const closed = new Promise((resolve) => other.socket.once('close', resolve));
    other.socket.on('error', () => undefined);
    other.socket.send(Buffer.alloc((300 << 20) + 1));
    await closed;
    expect(await ask(2, 'settings', 'get', {})).toMatchObject({ ok: true });
  });
});

function describeInput(input: unknown): string {
  try {
    return JSON.stringify(input).slice(0, 500);
  } catch {
    return typeof input;
  }
}

/** The only child process that runs Node. */
function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const found = children.filter((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('services-process'),
  );
  expect(found).toHaveLength(1);
  return found[0] ?? 0;
}

function residentBytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * 4096;
}
