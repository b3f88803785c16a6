import { describe, expect, it } from 'vitest';
import type { MessagePort } from '../../app/contract/port.ts';
import { Failure } from '../../app/failure/failure.ts';
import { createReconnecting, type Connection } from './reconnect.ts';

/** A host that answers every call with its input, and whose ports can be cut. */
function createHost() {
  let up = true;
  const cuts: (() => void)[] = [];
  const open = async (): Promise<MessagePort> => {
    if (!up) throw new Error('nobody there');
    let hear: (message: unknown) => void = () => undefined;
    return {
      post(message) {
        const { id, input } = message as { id: number; input: unknown };
        if (input !== 'silent') queueMicrotask(() => hear({ type: 'result', id, result: input }));
      },
      onMessage: (listener) => (hear = listener),
      onClose: (listener) => void cuts.push(listener),
    };
  };
  return {
    open,
    go(state: boolean) {
      up = state;
      if (!state) for (const cut of cuts.splice(0)) cut();
    },
  };
}

const ask = (input: unknown) => ({
  type: 'call' as const,
  service: 's',
  method: 'm',
  input,
  onItem: () => undefined,
  signal: undefined,
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const quick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('a transport that reconnects', () => {
  it('holds what is asked before the first connection', async () => {
    const host = createHost();
    const { transport } = createReconnecting({ open: host.open, final: () => false, wait: quick });
    await expect(transport.request(ask('early'))).resolves.toBe('early');
  });

  it('fails what is in flight when the connection goes, and what is asked until it is back', async () => {
    const host = createHost();
    const states: Connection[] = [];
    const line = createReconnecting({ open: host.open, final: () => false, wait: quick });
    line.onChange((state) => states.push(state));
    await line.transport.request(ask('one'));
    const waiting = line.transport.request(ask('silent'));
    host.go(false);
    await expect(waiting).rejects.toMatchObject({ reason: 'bridge-lost' });
    await expect(line.transport.request(ask('two'))).rejects.toBeInstanceOf(Failure);
    host.go(true);
    await settled();
    await expect(line.transport.request(ask('three'))).resolves.toBe('three');
    expect(states).toEqual(['connecting', 'open', 'lost', 'open']);
  });

  it('waits longer after each attempt, and not at all when told', async () => {
    const host = createHost();
    host.go(false);
    const waits: number[] = [];
    const line = createReconnecting({
      open: host.open,
      final: () => false,
      wait(ms) {
        waits.push(ms);
        return waits.length < 7 ? quick() : new Promise<never>(() => undefined);
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    host.go(true);
    line.retry();
    await settled();
    await expect(line.transport.request(ask('back'))).resolves.toBe('back');
  });

  it('gives up where no attempt can succeed', async () => {
    let attempts = 0;
    const states: Connection[] = [];
    const line = createReconnecting({
      async open() {
        attempts += 1;
        throw new Error('no token');
      },
      final: () => true,
      wait: quick,
    });
    line.onChange((state) => states.push(state));
    await settled();
    expect(states.at(-1)).toBe('refused');
    expect(attempts).toBe(1);
  });
});
