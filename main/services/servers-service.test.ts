/** Servers that the user adds, on a real server with a real certificate. */
import { channel } from 'node:diagnostics_channel';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import type { keys } from '../../app/contract/keys.ts';
import type { Server, servers } from '../../app/contract/servers.ts';
import { certificate } from '../egress/certificates.fixture.ts';
import { filePinStore } from '../egress/pins.ts';
import { installation } from '../installation/installation.ts';
import { createAnswerQueue } from './answer-queue.ts';
import { serverBinary, startBundledServer } from './bundled-server.ts';
import type { BundledServer } from './bundled-server.ts';
import { createKeysService } from './keys-service.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';
import { createServersService } from './servers-service.ts';

const isBuilt = existsSync(serverBinary()) && existsSync(installation.defaultPack);
if (!isBuilt) console.log('skipped: the bundled server or its pack is not built');

const other = certificate(0);
const signal = new AbortController().signal;

/** A TCP socket, as Node tells of it before it connects. */
interface Opened {
  readonly destroyed: boolean;
  once(event: 'connect', listener: () => void): unknown;
}

describe.skipIf(!isBuilt)('servers', () => {
  let running: BundledServer;
  let context: ProfileContext;
  let service: ServiceImplementation<typeof servers>;
  let keyService: ServiceImplementation<typeof keys>;
  beforeAll(async () => {
    running = await startBundledServer({ packs: [installation.defaultPack], threads: 1 });
  });
  afterAll(() => running.stop());
  beforeEach(async () => {
    context = await openProfileContext();
    await context.vault.create({ storage: 'keychain', replace: false });
    service = createServersService(context, context.servers, createAnswerQueue());
    keyService = createKeysService(context, context.servers, { closeRetired: () => undefined });
  });
  afterEach(() => context.end());

  const pins = () => filePinStore(context.profile.pinsFile);
  const peer = () => running.address.slice('https://'.length);
  const add = async (token: string | null = null): Promise<Server> => {
    const shown = await service.probe({ address: running.address }, signal);
    return await service.add({ name: 'Mine', ...shown, token }, signal);
  };

  it('are looked at without trust: nothing is pinned or stored', async () => {
    const { address, identity } = running;
    expect(await service.probe({ address: `${address}/` }, signal)).toEqual({ address, identity });
    expect(existsSync(context.profile.pinsFile)).toBe(false);
    expect(await service.list({}, signal)).toEqual({ servers: [] });
  });

  it('are contacted once the user has said so outside the page, and get a token of theirs alone', async () => {
    const { address, identity = null } = running;
    const sockets: unknown[] = [];
    const opening = channel('net.client.socket');
    const notice = (message: unknown) => void sockets.push(message);
    opening.subscribe(notice);
    onTestFinished(() => opening.unsubscribe(notice));
    const server = { name: 'Mine', address, identity, token: 'what-a-page-may-have-read' };
    context.answers.confirm = false;
    await expect(service.probe({ address }, signal)).rejects.toMatchObject({ reason: 'not-confirmed' });
    await expect(service.add(server, signal)).rejects.toMatchObject({ code: 'usage' });
    expect(sockets).toEqual([]);

    context.answers.confirm = true;
    await service.probe({ address }, signal);
    expect(context.asked.at(-1)).toContain(address);
    const asked = context.asked.length;
    await service.probe({ address }, signal);
    const { id } = await service.add(server, signal);
    expect(context.asked).toHaveLength(asked);

    context.answers.confirm = false;
    await expect(service.setToken({ id, token: 'something-else' }, signal)).rejects.toMatchObject({
      reason: 'not-confirmed',
    });
    expect(context.asked.at(-1)).toContain(address);
    expect(await service.setToken({ id, token: null }, signal)).toMatchObject({ hasToken: false });
    // Added again it is a first contact again, without the pin that another certificate would be compared with.
    await service.remove({ id, force: false }, signal);
    await expect(service.add(server, signal)).rejects.toMatchObject({ code: 'usage' });
    await expect(service.probe({ address }, signal)).rejects.toMatchObject({ reason: 'not-confirmed' });
  });

  it('are added with the certificate that was shown, and no other', async () => {
    await service.probe({ address: running.address }, signal);
    for (const identity of [`sha256:${'0'.repeat(64)}`, null]) {
      await expect(
        service.add({ name: 'Mine', address: running.address, identity, token: null }, signal),
      ).rejects.toMatchObject({ code: 'usage' });
    }
    expect(existsSync(context.profile.pinsFile)).toBe(false);

    const added = await add('a-token');
    expect(added).toMatchObject({
      name: 'Mine',
      address: running.address,
      identity: running.identity,
      hasToken: true,
      lastUsed: null,
    });
    expect(await service.list({}, signal)).toEqual({ servers: [added] });
    expect(await pins().get(peer())).toBeDefined();
    await expect(add()).rejects.toMatchObject({ code: 'usage' });
    expect(await service.rename({ id: added.id, name: 'Yours' }, signal)).toMatchObject({ name: 'Yours' });
    expect(await service.setToken({ id: added.id, token: null }, signal)).toMatchObject({ hasToken: false });
    const offer = await service.test({ id: added.id }, signal);
    expect(offer.packs).toEqual(['sotto-14m']);
    expect((await service.list({}, signal)).servers[0]?.lastUsed).toBeGreaterThan(0);
  });

  it('keep token and name out of every file', async () => {
    await add('a-token-that-nobody-may-read');
    context.vault.require();
    const files = readdirSync(context.profile.dir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      expect(bytes.includes('a-token-that-nobody-may-read')).toBe(false);
      expect(
        bytes.includes(Buffer.from('a-token-that-nobody-may-read').toString('base64').slice(0, -4)),
      ).toBe(false);
      expect(bytes.includes('"Mine"')).toBe(false);
    }
  });

  it('with another certificate are refused until the user accepts it, outside the page', async () => {
    const { id } = await add();
    await pins().set(peer(), other);
    await expect(service.test({ id }, signal)).rejects.toMatchObject({
      reason: 'certificate-changed',
      facts: { address: running.address, shown: running.identity },
    });
    const { pinned, shown } = await service.certificate({ id }, signal);
    expect(pinned).not.toBe(shown);
    expect(shown).toBe(running.identity);
    context.answers.confirm = false;
    await expect(service.acceptCertificate({ id, identity: shown }, signal)).rejects.toMatchObject({
      reason: 'not-confirmed',
    });
    expect(await pins().get(peer())).toEqual(other);
    context.answers.confirm = true;
    expect(await service.acceptCertificate({ id, identity: shown }, signal)).toMatchObject({
      identity: shown,
    });
    expect(context.asked.at(-1)).toContain(shown);
    expect((await service.test({ id }, signal)).identity).toBe(shown);
  });

  it('that the command line pinned before are not pinned anew without the user', async () => {
    await pins().set(peer(), other);
    const shown = await service.probe({ address: running.address }, signal);
    context.answers.confirm = false;
    await expect(service.add({ name: 'Mine', ...shown, token: null }, signal)).rejects.toMatchObject({
      reason: 'not-confirmed',
    });
    expect(await pins().get(peer())).toEqual(other);
  });

  it.each([
    ['ftp://host', 'address-invalid'],
    ['not an address', 'address-invalid'],
    ['https://user:pw@host', 'address-invalid'],
    ['https://host/path', 'address-invalid'],
    ['http://192.0.2.1:80', 'insecure-address'],
    ['https://127.0.0.1:1', 'server-unreachable'],
  ])('at %s: %s', async (address, name) => {
    await expect(service.probe({ address }, signal)).rejects.toMatchObject({ reason: name });
  });

  it('keep no connection that opens while the keys are locked', async () => {
    const { id } = await add();
    const sockets: Opened[] = [];
    const opening = channel('net.client.socket');
    const notice = (message: unknown) => {
      const { socket } = message as { readonly socket: Opened };
      sockets.push(socket);
      socket.once('connect', () => void context.vault.lock());
    };
    opening.subscribe(notice);
    onTestFinished(() => opening.unsubscribe(notice));
    await expect(context.servers.reach(id, { packRoot: '', signal })).rejects.toMatchObject({
      code: 'refused',
      reason: 'keychain-locked',
    });
    expect(sockets).toHaveLength(1);
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('are removed with their keys, pin, token and choice', async () => {
    const { id } = await add();
    context.settings.change({ server: id });
    const vault = context.vault.require();
    const { keyId } = vault.latticeKey('a-conversation');
    vault.recordUpload({ keyId, server: running.address });
    expect(await service.remove({ id, force: false }, signal)).toEqual({ keysDeleted: 1, keysPending: 0 });
    expect(vault.status().keys[0]?.servers).toEqual([]);
    expect(await service.list({}, signal)).toEqual({ servers: [] });
    expect(await pins().get(peer())).toBeUndefined();
    expect(context.settings.current().server).toBeNull();
    await expect(service.rename({ id, name: 'x' }, signal)).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('that cannot be reached stay, unless they are forgotten', async () => {
    const gone = await startBundledServer({ packs: [installation.defaultPack], threads: 1 });
    const shown = await service.probe({ address: gone.address }, signal);
    const { id } = await service.add({ name: 'Gone', ...shown, token: null }, signal);
    const vault = context.vault.require();
    const { keyId } = vault.latticeKey('a-conversation');
    vault.recordUpload({ keyId, server: gone.address });
    await gone.stop();
    await expect(service.remove({ id, force: false }, signal)).rejects.toMatchObject({
      reason: 'server-unreachable',
    });
    expect((await service.list({}, signal)).servers).toHaveLength(1);
    expect(await service.remove({ id, force: true }, signal)).toEqual({ keysDeleted: 0, keysPending: 1 });
    expect(vault.pendingDeletions()).toHaveLength(1);
    expect(await service.list({}, signal)).toEqual({ servers: [] });
    const { pending } = await keyService.rotate({}, signal);
    expect(pending).toEqual([
      {
        server: gone.address,
        keyId: Buffer.from(keyId).toString('hex'),
        reason: 'it is not in the list of servers',
      },
    ]);
  });

  it('lose the keys that are retired', async () => {
    await add();
    const vault = context.vault.require();
    const { keyId } = vault.latticeKey('a-conversation');
    vault.recordUpload({ keyId, server: running.address });
    vault.recordUpload({ keyId, server: 'bundled' });
    const states: number[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const state of keyService.watch({}, stop.signal)) {
        if (state.state === 'found') states.push(state.epoch);
      }
    })();
    const { deleted, pending } = await keyService.rotate({}, signal);
    expect(deleted).toEqual([{ server: running.address, keyId: Buffer.from(keyId).toString('hex') }]);
    expect(pending).toMatchObject([
      { server: 'bundled', reason: expect.stringMatching(/not running/) as string },
    ]);
    stop.abort();
    await watching;
    expect(states[0]).toBe(1);
    expect(states.at(-1)).toBe(2);
  });

  it('are told again when the list changes, and when the vault is closed', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { servers: list } of service.watch({}, stop.signal)) {
        seen.push(list.length);
        if (seen.length === 1) await add();
        else if (seen.at(-1) === 1) await context.vault.lock();
        else stop.abort();
      }
    })();
    await watching;
    expect(seen).toEqual([0, 1, 0]);
    await expect(service.list({}, signal)).rejects.toMatchObject({ reason: 'keychain-locked' });
  });
});
