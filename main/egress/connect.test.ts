import { Metadata, status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { startFakeServer } from './fake-server.fixture.ts';
import type { FakeHandlers } from './fake-server.fixture.ts';
import { Ledger } from './ledger.ts';
import { memoryPinStore } from './pins.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((clean) => clean()));

function optionsFor(address: string, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return { address, pins: memoryPinStore(), ledger: new Ledger(), allowInsecureLoopback: true, ...more };
}

async function connectToFake(handlers: FakeHandlers, more: Partial<ConnectOptions> = {}) {
  const server = await startFakeServer(handlers);
  const connection = await connect(optionsFor(server.address, more));
  cleanups.push(() => connection.close(), server.stop);
  return { server, connection };
}

/** Accepts connections and says nothing. */
async function startSilentServer(): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

describe('connecting', () => {
  it('says at once that nobody listens', async () => {
    const { server, port } = await startSilentServer();
    server.close();
    await once(server, 'close');
    const began = Date.now();
    for (const scheme of ['http', 'https']) {
      await expect(connect(optionsFor(`${scheme}://127.0.0.1:${port}`))).rejects.toMatchObject({
        code: 'server',
        message: `No server listens at ${scheme}://127.0.0.1:${port}. Nothing was sent.`,
      });
    }
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it('gives up on a listener that never answers', async () => {
    const { port } = await startSilentServer();
    for (const scheme of ['http', 'https']) {
      const attempt = connect(optionsFor(`${scheme}://127.0.0.1:${port}`, { limits: { connectMs: 300 } }));
      await expect(attempt).rejects.toMatchObject({
        code: 'server',
        message: expect.stringContaining('did not answer in time') as string,
      });
    }
  });

  it('says that a name is unknown', async () => {
    await expect(connect(optionsFor('https://no-such-server.invalid:7433'))).rejects.toMatchObject({
      code: 'server',
      message: expect.stringContaining('no-such-server.invalid') as string,
    });
  });

  it('says that a listener is no Sotto server', async () => {
    const { server, port } = await startSilentServer();
    server.on('connection', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(connect(optionsFor(`https://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'server' });
  });

  it('stops when it is cancelled', async () => {
    const { port } = await startSilentServer();
    const controller = new AbortController();
    const attempt = connect(optionsFor(`https://127.0.0.1:${port}`, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('leaves the server alone once it is cancelled', async () => {
    const { server, port } = await startSilentServer();
    let contacts = 0;
    server.on('connection', () => (contacts += 1));
    const controller = new AbortController();
    const attempt = connect(optionsFor(`http://127.0.0.1:${port}`, { signal: controller.signal }));
    await once(server, 'connection');
    controller.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    await passed(500);
    expect(contacts).toBe(1);
  });

  it('does not send a token that is none', async () => {
    await expect(connect(optionsFor('https://127.0.0.1:1', { token: 'two\nlines' }))).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('a call', () => {
  it('fails with what the server says', async () => {
    const { connection } = await connectToFake({
      hasKeys: (answer) => answer({ code: status.UNAUTHENTICATED, details: 'unknown token' }),
    });
    await expect(connection.hasKeys(new Uint8Array(16))).rejects.toMatchObject({
      code: 'server',
      message: 'The server refused the token and says: unknown token',
    });
  });

  it('fails when the server takes too long', async () => {
    const { connection } = await connectToFake({ hasKeys: () => undefined }, { limits: { unaryMs: 200 } });
    await expect(connection.hasKeys(new Uint8Array(16))).rejects.toMatchObject({
      code: 'server',
      message: 'The server did not answer in time.',
    });
  });

  it('stops when it is cancelled', async () => {
    const { connection } = await connectToFake({ hasKeys: () => undefined });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(connection.hasKeys(new Uint8Array(16), controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('connects again after the server was away', async () => {
    const handlers: FakeHandlers = { hasKeys: (answer) => answer(null, true) };
    const { server, connection } = await connectToFake(handlers);
    expect(await connection.hasKeys(new Uint8Array(16))).toBe(true);
    server.stop();
    await expect(connection.hasKeys(new Uint8Array(16))).rejects.toMatchObject({ code: 'server' });
    const again = await startFakeServer(handlers, Number(new URL(server.address).port));
    cleanups.push(again.stop);
    expect(await connection.hasKeys(new Uint8Array(16))).toBe(true);
  });
});

describe('an upload of keys', () => {
  it('arrives whole, with its length first and progress on the way', async () => {
    const chunks: { keyId: number; totalBytes: bigint; data: number }[] = [];
    const { connection } = await connectToFake({
      putKeys: (call, done) => {
        call.on(
          'data',
          ({ keyId, totalBytes, data }: { keyId: Uint8Array; totalBytes: bigint; data: Uint8Array }) =>
            chunks.push({ keyId: keyId.length, totalBytes, data: data.length }),
        );
        call.on('end', () => done(null));
      },
    });
    const progress: number[] = [];
    const keys = new Uint8Array(600_000);
    await connection.putKeys(new Uint8Array(16), keys, { onProgress: (sent) => progress.push(sent) });
    expect(chunks.map(({ data }) => data)).toEqual([262_144, 262_144, 75_712]);
    expect(chunks[0]).toMatchObject({ keyId: 16, totalBytes: 600_000n });
    expect(chunks[1]).toMatchObject({ keyId: 0, totalBytes: 0n });
    expect(progress).toEqual([262_144, 524_288, 600_000]);
  });

  it('ends as soon as the server refuses it', async () => {
    const { connection } = await connectToFake({
      putKeys: (_call, done) => done({ code: status.RESOURCE_EXHAUSTED, details: 'too many keys' }),
    });
    await expect(connection.putKeys(new Uint8Array(16), new Uint8Array(50_000_000))).rejects.toMatchObject({
      code: 'server',
      message: 'The server is at a limit: too many keys',
    });
  });

  it('is told apart from others when the account has no room for keys', async () => {
    const metadata = new Metadata();
    metadata.set('sotto-limit', 'keys');
    const { connection } = await connectToFake({
      putKeys: (_call, done) => done({ code: status.RESOURCE_EXHAUSTED, details: 'as many as', metadata }),
    });
    await expect(connection.putKeys(new Uint8Array(16), new Uint8Array(1000))).rejects.toMatchObject({
      code: 'server',
      reason: 'server-keys-full',
    });
  });

  it('fails when the server stops reading', async () => {
    const { connection } = await connectToFake(
      { putKeys: (call) => void call.pause() },
      { limits: { transferIdleMs: 300 } },
    );
    await expect(connection.putKeys(new Uint8Array(16), new Uint8Array(50_000_000))).rejects.toMatchObject({
      message: 'The server did not answer in time.',
    });
  });
});
