import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostServices } from '../../app/contract/contract.ts';
import type { ChildPort } from './child-port.ts';
import { createSupervisor } from './supervisor.ts';

const profile = { name: 'p', dir: '/p', packsDir: '/k', bundledServerDir: '/b', pinsFile: '/f' };

interface FakeChild extends ChildPort {
  readonly posted: unknown[];
  readonly killed: () => boolean;
  say(message: unknown): void;
  exit(): void;
}

function fakeChild(): FakeChild {
  const posted: unknown[] = [];
  let killed = false;
  let deliver: (message: unknown) => void = () => undefined;
  let exit: () => void = () => undefined;
  return {
    posted,
    killed: () => killed,
    post: (message) => posted.push(message),
    onMessage: (listener) => (deliver = listener),
    onExit: (listener) => (exit = listener),
    kill() {
      killed = true;
      exit();
    },
    say: (message) => deliver(message),
    exit: () => exit(),
  };
}

const ready = { lane: 'process', message: { type: 'ready' } };

describe('supervisor', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function supervise() {
    const children: FakeChild[] = [];
    let restarts = 0;
    const supervisor = createSupervisor({
      spawn() {
        const child = fakeChild();
        children.push(child);
        return child;
      },
      start: { version: '1', profile },
      host: { host: {} as HostServices['host'] },
      onRestart: () => (restarts += 1),
    });
    return { supervisor, children, restarts: () => restarts, last: () => children.at(-1) };
  }
  const request = { type: 'call', service: 'settings', method: 'get', input: {}, signal: undefined } as const;
  const ask = ({ supervisor }: ReturnType<typeof supervise>) =>
    supervisor.transport.request({ ...request, onItem: () => undefined });

  it('tells the process first how to start', () => {
    const { children } = supervise();
    expect(children[0]?.posted).toEqual([
      { lane: 'process', message: { type: 'start', options: { version: '1', profile } } },
    ]);
  });

  it('starts again at once, then waits longer and longer, at most ten seconds', () => {
    const { children, last } = supervise();
    const waits: number[] = [];
    for (let crash = 0; crash < 9; crash += 1) {
      const before = children.length;
      const began = Date.now();
      last()?.exit();
      while (children.length === before) vi.advanceTimersToNextTimer();
      waits.push(Date.now() - began);
    }
    expect(waits).toEqual([0, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it('a process that was healthy for half a minute begins anew', () => {
    const { children, last } = supervise();
    last()?.exit();
    last()?.exit();
    vi.advanceTimersByTime(500);
    expect(children).toHaveLength(3);
    last()?.say(ready);
    vi.advanceTimersByTime(30_000);
    last()?.exit();
    expect(children).toHaveLength(4);
  });

  it('a process that was ready for a moment does not', () => {
    const { children, last } = supervise();
    last()?.exit();
    last()?.say(ready);
    vi.advanceTimersByTime(29_000);
    last()?.exit();
    expect(children).toHaveLength(2);
    vi.advanceTimersByTime(500);
    expect(children).toHaveLength(3);
  });

  it('says that it restarted when the new process is ready, and not of the first one', () => {
    const { last, restarts } = supervise();
    last()?.say(ready);
    last()?.exit();
    expect(restarts()).toBe(0);
    last()?.say(ready);
    expect(restarts()).toBe(1);
  });

  it('fails requests at once while there is no process', async () => {
    const supervised = supervise();
    const first = ask(supervised);
    supervised.last()?.exit();
    supervised.last()?.exit();
    await expect(first).rejects.toMatchObject({ reason: 'engine-died' });
    await expect(ask(supervised)).rejects.toMatchObject({ reason: 'engine-died' });
  });

  it('says why a process could not start, until one can', async () => {
    const supervised = supervise();
    const error = {
      code: 'pack',
      message: 'Another Sotto uses this profile.',
      next: null,
      reason: 'profile-in-use',
      facts: {},
    };
    supervised.last()?.say({ lane: 'process', message: { type: 'failed', error } });
    supervised.last()?.exit();
    await expect(ask(supervised)).rejects.toMatchObject({ reason: 'profile-in-use' });
    supervised.last()?.say(ready);
    const answered = ask(supervised);
    supervised.last()?.say({ lane: 'services', message: { type: 'result', id: 0, result: { ok: true } } });
    expect(await answered).toEqual({ ok: true });
  });

  it('is not disturbed by what is no message', async () => {
    const supervised = supervise();
    const answered = ask(supervised);
    for (const noise of [null, 1, 'x', {}, { lane: 'other' }, { lane: 'process', message: { type: 'x' } }]) {
      supervised.last()?.say(noise);
    }
    supervised.last()?.say({ lane: 'services', message: { type: 'result', id: 0, result: { ok: true } } });
    expect(await answered).toEqual({ ok: true });
  });

  it('asks the process to finish, and ends it after ten seconds', async () => {
    const { supervisor, children, last } = supervise();
    const closed = supervisor.close();
    expect(last()?.posted.at(-1)).toEqual({ lane: 'process', message: { type: 'close' } });
    expect(last()?.killed()).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(last()?.killed()).toBe(true);
    await closed;
    vi.advanceTimersByTime(60_000);
    expect(children).toHaveLength(1);
  });

  it('closes between two processes', async () => {
    const { supervisor, children, last } = supervise();
    last()?.exit();
    last()?.exit();
    await supervisor.close();
    vi.advanceTimersByTime(60_000);
    expect(children).toHaveLength(2);
  });
});
