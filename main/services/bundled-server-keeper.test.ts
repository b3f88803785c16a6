/** The bundled server of a process: started once, started again when it died, ended with it. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from '../egress/ledger.ts';
import { installation } from '../installation/installation.ts';
import { writeSmallPack } from '../packs/small-pack.fixture.ts';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBundledServerKeeper } from './bundled-server-keeper.ts';
import type { BundledServerKeeper } from './bundled-server-keeper.ts';
import { serverBinary, startBundledServer } from './bundled-server.ts';
import type { BundledServer } from './bundled-server.ts';

const isBuilt = existsSync(serverBinary()) && existsSync(installation.defaultPack);
if (!isBuilt) console.log('skipped: the bundled server or its pack is not built');
const signal = new AbortController().signal;
const pack = installation.defaultPack;

let started: BundledServer[];
let keeper: BundledServerKeeper;
beforeEach(() => {
  started = [];
  keeper = createBundledServerKeeper({
    ledger: new Ledger(),
    signal,
    start: async (options) => {
      const server = await startBundledServer({ ...options, threads: 1 });
      started.push(server);
      return server;
    },
  });
});
afterEach(() => keeper.close());

describe.skipIf(!isBuilt)('the bundled server', () => {
  it('is started once for all who ask, and not for those who only look', async () => {
    expect(await keeper.connectIfRunning(signal)).toBeUndefined();
    const connections = await Promise.all([keeper.connect(pack, signal), keeper.connect(pack, signal)]);
    const third = await keeper.connectIfRunning(signal);
    expect(third?.address).toBe(connections[0].address);
    for (const connection of [...connections, third]) connection?.close();
    expect(started).toHaveLength(1);
    expect(keeper.running()).toMatchObject({ address: started[0]?.address, identity: started[0]?.identity });
  });

  it('is started again after it died', async () => {
    (await keeper.connect(pack, signal)).close();
    process.kill(started[0]?.pid ?? 0, 'SIGKILL');
    await started[0]?.exited;
    const again = await keeper.connect(pack, signal);
    expect((await again.packs(signal)).map(({ name }) => name)).toEqual(['sotto-14m']);
    again.close();
    expect(started).toHaveLength(2);
  });

  it('is not asked for a pack that this machine has no server half of', async () => {
    const small = await writeSmallPack();
    await rm(join(small.root, 'server'), { recursive: true });
    await expect(keeper.connect(small.root, signal)).rejects.toMatchObject({ reason: 'server-lacks-pack' });
    expect(started).toHaveLength(0);
    await rm(small.root, { recursive: true });
  });

  it('goes on starting for the next one when somebody stops waiting', async () => {
    const stop = new AbortController();
    const waiting = keeper.connect(pack, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    (await keeper.connect(pack, signal)).close();
    expect(started).toHaveLength(1);
  });

  it('ends when it is closed, and is not started again', async () => {
    (await keeper.connect(pack, signal)).close();
    await keeper.close();
    await started[0]?.exited;
    await expect(keeper.connect(pack, signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('serves a pack anew that was installed in the place of another, and the others beside it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sotto-packs-'));
  const served: string[][] = [];
  const own = createBundledServerKeeper({
    ledger: new Ledger(),
    signal,
    start: ({ packs }) => {
      served.push([...packs]);
      const exited = new Promise<void>(() => undefined);
      return Promise.resolve({
        address: '',
        identity: undefined,
        pid: 0,
        exited,
        stop: async () => undefined,
      });
    },
  });
  const put = async (name: string, contents = name) => {
    const root = join(dir, name);
    await rm(root, { recursive: true, force: true });
    await rename((await writeSmallPack(contents)).root, root);
    return root;
  };
  // Nothing listens there: what is asked about is which packs it was started with.
  const ask = (root: string) => own.connect(root, signal).catch(() => undefined);
  const [one, two] = [await put('one'), await put('two')];
  for (const root of [one, two, one]) await ask(root);
  expect(served).toEqual([[one], [one, two]]);
  await put('one', 'newer');
  for (const root of [one, two, one]) await ask(root);
  expect(served).toEqual([[one], [one, two], [two, one]]);
  await own.close();
  await rm(dir, { recursive: true });
});
