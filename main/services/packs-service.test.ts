/** Packs: listed, offered, installed from a server and from a folder, verified, removed. */
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import type { packs } from '../../app/contract/packs.ts';
import { installation } from '../installation/installation.ts';
import { writeSmallPack } from '../packs/small-pack.fixture.ts';
import type { SmallPack } from '../packs/small-pack.fixture.ts';
import { serverBinary, startBundledServer } from './bundled-server.ts';
import type { BundledServer } from './bundled-server.ts';
import { createPacksService } from './packs-service.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';

const isBuilt = existsSync(serverBinary()) && existsSync(installation.defaultPack);
if (!isBuilt) console.log('skipped: the bundled server or its pack is not built');
const signal = new AbortController().signal;

let context: ProfileContext;
let service: ServiceImplementation<typeof packs>;
let small: SmallPack;
beforeEach(async () => {
  context = await openProfileContext();
  await context.vault.create({ storage: 'keychain', replace: false });
  service = createPacksService(context, context.servers);
  small = await writeSmallPack();
});
afterEach(async () => {
  await context.end();
  await rm(small.root, { recursive: true, force: true });
});

/** All items and the result of a stream. */
async function all<I, R>(stream: AsyncGenerator<I, R>): Promise<{ items: I[]; result: R }> {
  const items: I[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return { items, result: value };
    items.push(value);
  }
}

describe('a pack from a folder', () => {
  it('is the one that the user chose outside the page; verified, and removed', async () => {
    expect((await all(service.installFromFolder({}, signal))).result).toEqual({ name: null, bytes: 0 });
    context.answers.folder = small.root;
    const { items, result } = await all(service.installFromFolder({}, signal));
    expect(result.name).toBe('small');
    expect(items.at(-1)?.done).toBe(items.at(-1)?.total);
    const listed = (await service.list({}, signal)).packs.find((pack) => pack.name === 'small');
    expect(listed).toMatchObject({
      default: false,
      problem: null,
      facts: {
        architecture: 'gpt2',
        layers: 1,
        hidden: 4,
        context: 64,
        vocabulary: 300,
        matrices: 1,
        local: true,
      },
    });
    const verified = await all(service.verify({ name: 'small' }, signal));
    expect(verified.result.files).toBe(small.manifest.files.length + 1);
    expect(verified.items.at(-1)).toEqual({ done: verified.result.bytes, total: verified.result.bytes });
    await expect(all(service.installFromFolder({}, signal))).rejects.toMatchObject({ code: 'pack' });
    expect(await service.remove({ name: 'small' }, signal)).toEqual({});
    await expect(all(service.verify({ name: 'small' }, signal))).rejects.toMatchObject({
      reason: 'pack-missing',
    });
    await expect(service.remove({ name: 'small' }, signal)).rejects.toMatchObject({ reason: 'pack-missing' });
  });

  it('that is damaged is not installed; one that is damaged later is said to be', async () => {
    context.answers.folder = small.root;
    await all(service.installFromFolder({}, signal));
    await writeFile(join(context.profile.packsDir, 'small', 'client', 'weights.bin'), 'x');
    await expect(all(service.verify({ name: 'small' }, signal))).rejects.toMatchObject({
      reason: 'pack-damaged',
    });
    await writeFile(join(context.profile.packsDir, 'small', 'client', 'manifest.json'), '{');
    const listed = (await service.list({}, signal)).packs.find((pack) => pack.name === 'small');
    expect(listed).toMatchObject({
      facts: null,
      problem: expect.stringMatching(/manifest/) as string,
      bytes: 0,
    });
    await service.remove({ name: 'small' }, signal);
    await writeFile(join(small.root, 'client', 'weights.bin'), 'x');
    await expect(all(service.installFromFolder({}, signal))).rejects.toMatchObject({
      reason: 'pack-refused',
    });
    expect(await readdir(context.profile.packsDir)).toEqual([]);
  });

  it.each(['../profiles', '..', '.', 'a/b'])('is not removed by a path: %s', async (name) => {
    await expect(service.remove({ name }, signal)).rejects.toMatchObject({ code: 'pack' });
    expect(existsSync(context.profile.dir)).toBe(true);
  });

  it('is not the default one, which stays', async () => {
    const name = existsSync(installation.defaultPack) ? 'sotto-14m' : basename(installation.defaultPack);
    await expect(service.remove({ name }, signal)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe.skipIf(!isBuilt)('a pack of a server', () => {
  let running: BundledServer;
  beforeAll(async () => {
    running = await startBundledServer({ packs: [installation.defaultPack], threads: 1 });
  });
  afterAll(() => running.stop());
  const add = async () =>
    (
      await context.servers.add(
        { name: 'Mine', address: running.address, identity: running.identity ?? null, token: null },
        signal,
      )
    ).id;

  it('is offered by the bundled server without starting it', async () => {
    const { packs: offered } = await service.offers({ server: null }, signal);
    expect(offered).toMatchObject([{ name: 'sotto-14m', installed: true }]);
    expect(context.bundled.running()).toBeUndefined();
  });

  it('is fetched; stopped, it goes on where it ended', async () => {
    const server = await add();
    const { packs: offered } = await service.offers({ server }, signal);
    expect(offered).toMatchObject([{ name: 'sotto-14m', installed: true }]);
    await expect(all(service.installFromServer({ server, name: 'none' }, signal))).rejects.toMatchObject({
      reason: 'server-lacks-pack',
    });

    const stop = new AbortController();
    const stopped = service.installFromServer({ server, name: 'sotto-14m' }, stop.signal);
    let reached = 0;
    await expect(
      (async () => {
        for await (const { done, total } of stopped) {
          reached = done;
          if (done > total / 4) stop.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: 'cancelled' });
    const [half] = await readdir(context.profile.packsDir);
    expect(half).toMatch(/^\.fetching-/);
    const { items, result } = await all(service.installFromServer({ server, name: 'sotto-14m' }, signal));
    expect(result.name).toBe('sotto-14m');
    expect(items.at(-1)?.done).toBe(items.at(-1)?.total);
    // Counted as done without being fetched again: far less went over the wire than twice the pack.
    expect(context.ledger.totals('packs').receivedBytes).toBeLessThan(
      (items.at(-1)?.total ?? 0) * 1.2 + reached / 2,
    );
    expect(await readdir(context.profile.packsDir)).toEqual(['sotto-14m']);
    await all(service.verify({ name: 'sotto-14m' }, signal));
  });

  it('is not fetched twice at once', async () => {
    const server = await add();
    const stop = new AbortController();
    const first = service.installFromServer({ server, name: 'sotto-14m' }, stop.signal);
    await first.next();
    await expect(all(service.installFromServer({ server, name: 'sotto-14m' }, signal))).rejects.toMatchObject(
      {
        code: 'usage',
      },
    );
    stop.abort();
    await expect(all(first)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
