import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Failure } from '../failure/failure.ts';
import { createClient } from './client.ts';
import { createDispatcher } from './dispatch.ts';
import type { Dispatcher } from './dispatch.ts';
import { call, stream } from './method.ts';
import { portPair } from './port-pair.fixture.ts';
import { connectPort, servePort } from './port.ts';

const nothing = v.strictObject({});
const number = v.strictObject({ number: v.number() });
const contract = { a: { call: call({ in: number, out: number }), stream: stream({ in: nothing, item: number, out: nothing }) } }; // prettier-ignore
const lost = () => new Failure('server', 'Lost.', { reason: 'server-lost' });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A dispatcher whose requests wait until they are told, with their signals. */
function waiting() {
  const requests: { signal: AbortSignal; item: (item: unknown) => void; end: (value: unknown) => void }[] =
    [];
  const dispatcher: Dispatcher = {
    run: (_request, item, signal) =>
      new Promise((resolve) => requests.push({ signal, item, end: (value) => resolve({ ok: true, value }) })),
  };
  return { requests, dispatcher };
}

function connected() {
  const pair = portPair();
  const { requests, dispatcher } = waiting();
  servePort(pair.callee, dispatcher);
  return { pair, requests, api: createClient(contract, connectPort(pair.caller, lost)) };
}

describe('a port that closes', () => {
  it('fails what waits, and what comes later', async () => {
    const { pair, api } = connected();
    const calls = [api.a.call({ number: 1 }), api.a.stream({}, { onItem: () => undefined })];
    await turn();
    pair.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ reason: 'server-lost' });
    await expect(api.a.call({ number: 2 })).rejects.toMatchObject({ reason: 'server-lost' });
  });

  it('stops what runs on the other side, whose results then go nowhere', async () => {
    const { pair, requests, api } = connected();
    const call = api.a.call({ number: 1 }).catch(() => undefined);
    await turn();
    pair.close();
    expect(requests[0]?.signal.aborted).toBe(true);
    requests[0]?.end({ number: 1 });
    await call;
  });
});

describe('stopping', () => {
  it('reaches the other side once, and leaves the result to it', async () => {
    const { requests, api } = connected();
    const stop = new AbortController();
    const call = api.a.call({ number: 1 }, stop.signal);
    await turn();
    stop.abort();
    await turn();
    expect(requests[0]?.signal.aborted).toBe(true);
    requests[0]?.end({ number: 5 });
    expect(await call).toEqual({ number: 5 });
  });

  it('before the request is sent stops it too', async () => {
    const { requests, api } = connected();
    const call = api.a.call({ number: 1 }, AbortSignal.abort());
    await turn();
    expect(requests[0]?.signal.aborted).toBe(true);
    requests[0]?.end({ number: 1 });
    await call;
  });

  it('after the result sends nothing', async () => {
    const pair = portPair();
    const sent: unknown[] = [];
    const port = {
      ...pair.caller,
      post: (message: unknown) => (sent.push(message), pair.caller.post(message)),
    };
    servePort(pair.callee, createDispatcher(contract, { a: { call: async (input) => input, async *stream() { yield { number: 1 }; return {}; } } }, () => undefined)); // prettier-ignore
    const api = createClient(contract, connectPort(port, lost));
    const stop = new AbortController();
    await api.a.call({ number: 1 }, stop.signal);
    stop.abort();
    expect(sent).toHaveLength(1);
  });
});

describe('answers that break the contract', () => {
  it('a result is refused', async () => {
    const { requests, api } = connected();
    const call = api.a.call({ number: 1 });
    await turn();
    requests[0]?.end({ number: 'one' });
    await expect(call).rejects.toBeInstanceOf(v.ValiError);
  });

  it('an item ends the stream on both sides', async () => {
    const { requests, api } = connected();
    const items: unknown[] = [];
    const stream = api.a.stream({}, { onItem: (item) => items.push(item) });
    await turn();
    requests[0]?.item({ number: 1 });
    requests[0]?.item({ number: 'two' });
    requests[0]?.item({ number: 3 });
    await expect(stream).rejects.toBeInstanceOf(v.ValiError);
    await turn();
    expect(items).toEqual([{ number: 1 }]);
    expect(requests[0]?.signal.aborted).toBe(true);
  });

  it('an error is still a failure, when it keeps its own contract', async () => {
    const pair = portPair();
    servePort(pair.callee, {
      run: async () => ({ ok: false, error: { code: 'made-up', message: 'x' } }) as never,
    });
    const api = createClient(contract, connectPort(pair.caller, lost));
    await expect(api.a.call({ number: 1 })).rejects.toBeInstanceOf(v.ValiError);
  });

  it('what is no answer, or the answer to nothing, is dropped', async () => {
    const pair = portPair();
    const api = createClient(contract, connectPort(pair.caller, lost));
    const call = api.a.call({ number: 1 });
    const result = { ok: true, value: { number: 1 } };
    const noise = [null, 3, 'x', {}, { type: 'result', id: 9, result }, { type: 'result', id: null, result }, { type: 'item', id: 9, item: 1 }]; // prettier-ignore
    for (const message of [...noise, { type: 'result', id: 0, result }, { type: 'result', id: 0, result }]) {
      pair.callee.post(message);
    }
    expect(await call).toEqual({ number: 1 });
  });
});

it('a transport that cannot carry a message fails that request alone', async () => {
  const pair = portPair('clone');
  servePort(pair.callee, waiting().dispatcher);
  const transport = connectPort(pair.caller, lost);
  const request = { type: 'call', service: 'a', method: 'call', onItem: () => undefined, signal: undefined } as const; // prettier-ignore
  await expect(transport.request({ ...request, input: () => 1 })).rejects.toThrow();
});
