/**
 * What a page may rely on, whatever carries its messages: the same tests over ports in memory, over the web host's
 * WebSocket with a services' process behind it, and over Electron's channels.
 *
 * Usage, in a test file of the carrier:
 *     conformance('Electron', async () => {
 *       const dispatcher = conformanceDispatcher();   // or a process that runs `conformanceServices()`
 *       ...                                           // attach it as the product does
 *       return { port, close };                       // the page's end, raw
 *     });
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../app/contract/client.ts';
import type { Client } from '../../app/contract/client.ts';
import { pageContract } from '../../app/contract/contract.ts';
import { connectPort } from '../../app/contract/port.ts';
import type { MessagePort } from '../../app/contract/port.ts';
import { Failure } from '../../app/failure/failure.ts';
import { defectText, manyItems, spilledKey } from './conformance-services.ts';

export interface Connection {
  /** The page's end, before anything of ours is on it. */
  readonly port: MessagePort;
  close(): Promise<void>;
}

export interface CarrierFacts {
  /** The carrier clones instead of writing JSON: it can hold cycles, `NaN`, maps and bytes. */
  readonly clones?: boolean;
}

interface Answer {
  readonly type: string;
  readonly id: number | null;
  readonly item?: unknown;
  readonly result?: { readonly ok: boolean; readonly value?: unknown; readonly error?: { code: string } };
}

/** Test names start with `name`. @param connect opens a page of its own for each test. */
export function conformance(
  name: string,
  connect: () => Promise<Connection>,
  { clones = false }: CarrierFacts = {},
): void {
  describe(`${name}: typed calls`, () => {
    let connection: Connection;
    let api: Client<typeof pageContract>;

    beforeEach(async () => {
      connection = await connect();
      api = createClient(
        pageContract,
        connectPort(connection.port, () => new Failure('cancelled', 'The page is closed.')),
      );
    });
    afterEach(() => connection.close());

    it('a call has its result', async () => {
      expect(await api.settings.get({})).toMatchObject({ stored: true, settings: { policy: 'exact' } });
    });

    it('calls at a time each have their own', async () => {
      const texts = Array.from({ length: 100 }, (_, at) => 'é'.repeat(at));
      const results = await Promise.all(texts.map((text) => api.conversations.import({ text })));
      expect(results.map(({ messages }) => messages)).toEqual(texts.map(({ length }) => length));
    });

    it('carries 8 MiB in one message', async () => {
      const text = 'aé'.repeat(4 << 20);
      expect(await api.conversations.import({ text })).toMatchObject({
        messages: 8 << 20,
        skipped: 4 << 20,
      });
    });

    it('a stream has its items in order, then its result', async () => {
      const items: number[] = [];
      const result = await api.packs.verify({ name: 'many' }, { onItem: ({ done }) => items.push(done) });
      expect(items).toEqual(Array.from({ length: manyItems }, (_, at) => at));
      expect(result).toEqual({ files: manyItems, bytes: 0 });
    });

    it('a stream that is stopped still has its result', async () => {
      const stop = new AbortController();
      let last = -1;
      const result = await api.packs.verify(
        { name: 'endless' },
        {
          onItem({ done }) {
            last = done;
            if (done === 5) stop.abort();
          },
          signal: stop.signal,
        },
      );
      expect(result.files).toBeGreaterThanOrEqual(6);
      expect(result.files).toBe(last + 1);
    });

    it('a call that is stopped fails as it says', async () => {
      const removal = api.packs.remove({ name: 'a' }, AbortSignal.timeout(20));
      await expect(removal).rejects.toMatchObject({ code: 'cancelled' });
    });

    it('a failure keeps code, reason and facts, and loses what may be a secret', async () => {
      const failure: unknown = await api.keys.revoke({}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({
        code: 'server',
        reason: 'server-unreachable',
        facts: { address: 'https://models.example', after: 3 },
        next: 'Look at [redacted].',
      });
      expect(JSON.stringify(failure)).not.toContain(spilledKey);
      expect(String(failure)).not.toContain(spilledKey);
    });

    it('a defect says nothing of itself', async () => {
      const failure: unknown = await api.keys.lock({}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(String(failure)).not.toContain('Rosa');
      expect(String(failure)).not.toContain(defectText);
    });

    it('a result that breaks the contract does not leave its process', async () => {
      const failure: unknown = await api.keys.rotate({}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(String(failure)).not.toContain(spilledKey);
    });

    it('an item that breaks the contract ends the stream, after those that keep it', async () => {
      const items: unknown[] = [];
      const stream = api.packs.installFromServer(
        { server: null, name: 'a' },
        { onItem: (item) => items.push(item) },
      );
      await expect(stream).rejects.toBeInstanceOf(Failure);
      expect(items).toEqual([{ done: 1, total: 2 }]);
    });

    it('two watchers do not disturb each other', async () => {
      const stops = [new AbortController(), new AbortController()];
      const seen = [0, 0];
      const watches = stops.map(({ signal }, at) =>
        api.settings.watch({}, { onItem: () => (seen[at] = (seen[at] ?? 0) + 1), signal }),
      );
      await expect.poll(() => seen).toEqual([1, 1]);
      stops[0]?.abort();
      expect(await watches[0]).toEqual({});
      expect(await Promise.race([watches[1], Promise.resolve('runs')])).toBe('runs');
      stops[1]?.abort();
      expect(await watches[1]).toEqual({});
    });
  });

  describe(`${name}: raw messages`, () => {
    let connection: Connection;
    let answers: Answer[];
    const post = (message: unknown) => connection.port.post(message);
    const answerTo = async (id: number | null): Promise<Answer> => {
      await expect
        .poll(() => answers.some((answer) => answer.type === 'result' && answer.id === id))
        .toBe(true);
      const found = answers.find((answer) => answer.type === 'result' && answer.id === id);
      if (!found) throw new Error('unreachable');
      return found;
    };
    const refused = { ok: false, error: { code: 'usage', reason: 'invalid-request' } };

    beforeEach(async () => {
      connection = await connect();
      answers = [];
      connection.port.onMessage((message) => answers.push(message as Answer));
    });
    afterEach(() => connection.close());

    it.each([
      ['an unknown service', 'nonsense', 'get'],
      ['an unknown method', 'settings', 'nonsense'],
      ['a prototype as service', '__proto__', 'get'],
      ['a constructor as service', 'constructor', 'name'],
      ['a prototype as method', 'settings', '__proto__'],
      ['a constructor as method', 'settings', 'constructor'],
      ['an inherited method', 'settings', 'toString'],
      ['a method of the host', 'host', 'confirm'],
    ])('%s is refused', async (_what, service, method) => {
      post({ type: 'call', id: 7, service, method, input: {} });
      expect((await answerTo(7)).result).toMatchObject(refused);
    });

    it.each([
      ['no input', undefined],
      ['null', null],
      ['a list', []],
      ['a text', 'x'],
      ['another field', { name: 'a', path: '/etc' }],
      ['a wrong type', { name: 7 }],
      ['a path', { name: '../../secrets' }],
      ['a control character', { name: 'a\u0000b' }],
    ])('%s is no input of packs.remove', async (_what, input) => {
      post({ type: 'call', id: 3, service: 'packs', method: 'remove', input });
      const { result } = await answerTo(3);
      expect(result).toMatchObject(refused);
      expect(JSON.stringify(result)).not.toContain('secrets');
    });

    it.each([
      ['a text', 'x', null],
      ['a list', [], null],
      ['null', null, null],
      ['no type', { id: 5 }, 5],
      ['an unknown type', { type: 'run', id: 5 }, 5],
      ['a field too many', { type: 'stop', id: 5, more: 1 }, 5],
      ['a negative id', { type: 'call', id: -1, service: 'settings', method: 'get', input: {} }, null],
      ['a broken id', { type: 'call', id: 1.5, service: 'settings', method: 'get', input: {} }, null],
      ['an id of text', { type: 'call', id: '1', service: 'settings', method: 'get', input: {} }, null],
      ['a long name', { type: 'call', id: 5, service: 's'.repeat(65), method: 'get', input: {} }, 5],
      ['too deep', { type: 'call', id: 5, service: 'settings', method: 'get', input: nested(1000) }, 5],
    ])('%s is no message, and says so', async (_what, message, id) => {
      post(message);
      expect((await answerTo(id)).result).toMatchObject(refused);
    });

    if (clones) {
      it.each([
        ['a cycle', cycle()],
        ['a map', new Map([['a', 1]])],
        ['bytes', new Uint8Array(8)],
        ['a date', new Date(0)],
        ['many copies of one value', branching(40)],
      ])('%s is not plain data', async (_what, input) => {
        post({ type: 'call', id: 5, service: 'detection', method: 'always', input });
        expect((await answerTo(5)).result).toMatchObject(refused);
      });

      it('NaN is no number of the contract', async () => {
        const draft = { limit: NaN, before: null };
        post({ type: 'call', id: 5, service: 'conversations', method: 'list', input: draft });
        expect((await answerTo(5)).result).toMatchObject(refused);
      });
    }

    it('an id in use is refused, and the first one runs on', async () => {
      post({ type: 'stream', id: 1, service: 'settings', method: 'watch', input: {} });
      await expect.poll(() => answers.filter(({ type }) => type === 'item').length).toBe(1);
      post({ type: 'call', id: 1, service: 'settings', method: 'get', input: {} });
      expect((await answerTo(1)).result).toMatchObject(refused);
      answers.length = 0;
      post({ type: 'stop', id: 1 });
      expect((await answerTo(1)).result).toEqual({ ok: true, value: {} });
    });

    it('an id is free again after its result', async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        answers.length = 0;
        post({ type: 'call', id: 1, service: 'settings', method: 'get', input: {} });
        expect((await answerTo(1)).result).toMatchObject({ ok: true });
      }
    });

    it('a stop of nothing changes nothing', async () => {
      post({ type: 'stop', id: 99 });
      post({ type: 'call', id: 1, service: 'settings', method: 'get', input: {} });
      expect((await answerTo(1)).result).toMatchObject({ ok: true });
      expect(answers).toHaveLength(1);
    });

    it('a thousand requests run at once, and no more', async () => {
      for (let id = 0; id < 1001; id += 1) {
        post({ type: 'stream', id, service: 'settings', method: 'watch', input: {} });
      }
      expect((await answerTo(1000)).result).toMatchObject(refused);
      await expect.poll(() => answers.filter(({ type }) => type === 'item').length).toBe(1000);
      for (let id = 0; id < 1000; id += 1) post({ type: 'stop', id });
      await expect.poll(() => answers.filter(({ result }) => result?.ok).length).toBe(1000);
    });
  });
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = { value };
  return value;
}

function cycle(): unknown {
  const value: Record<string, unknown> = { text: 'a', kind: 'person' };
  value['self'] = value;
  return value;
}

/** `depth` objects that stand for two to the power of `depth`. */
function branching(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = [value, value];
  return value;
}
