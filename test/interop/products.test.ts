/** Encrypted products end to end: the addon, the door, and the real server. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../main/attention/addon.ts';
import type { SecretKey } from '../../main/attention/addon.ts';
import { createEncryptedMultiplier } from '../../main/attention/encrypted-multiplier.ts';
import { createProductChecks } from '../../main/attention/product-checks.ts';
import { ensureKeys } from '../../main/attention/server-keys.ts';
import { productMessageBytes } from '../../main/egress/calls.ts';
import { connect } from '../../main/egress/connect.ts';
import type { ServerConnection } from '../../main/egress/connect.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import { memoryPinStore } from '../../main/egress/pins.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { someRows, writeSmallPack } from './small-pack.ts';
import type { SmallPack } from './small-pack.ts';
import { hasServer, startServer } from './sotto-server.ts';
import type { TestServer } from './sotto-server.ts';
import { loadTestingAddon } from './testing-addon.ts';

describe.skipIf(!hasServer)('products of the real server', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-products-'));
  const keyId = new Uint8Array(randomBytes(16));
  const seed = new Uint8Array(randomBytes(32));
  const never = new AbortController().signal;
  let pack: SmallPack;
  let server: TestServer;
  let connection: ServerConnection;
  let counter = 0n;
  const cleanups: (() => void | Promise<void>)[] = [() => rmSync(dir, { recursive: true })];

  beforeAll(async () => {
    const sizes = [
      { inputs: 96, outputs: 40 },
      { inputs: 768, outputs: 768 },
      { inputs: 1024, outputs: 2304 },
    ];
    pack = writeSmallPack(join(dir, 'pack'), sizes, await loadTestingAddon());
    server = await startServer({ pack: pack.root, dataDir: join(dir, 'data'), tls: false });
    cleanups.push(() => server.kill());
    connection = await connectTo(server.address);
    cleanups.push(() => connection.close());
  });

  afterAll(async () => {
    for (const clean of cleanups.reverse()) await clean();
  });

  function connectTo(address: string): Promise<ServerConnection> {
    return connect({ address, pins: memoryPinStore(), ledger: new Ledger(), allowInsecureLoopback: true });
  }

  /** A multiplier on a stream of its own, and what becomes of its key. */
  async function open(on: ServerConnection, signal = never, onSent?: () => void) {
    const key: SecretKey = loadAddon().SecretKey.fromSeed(seed);
    await ensureKeys(on, key, keyId);
    const stream = await on.openMultiply(signal);
    const events: string[] = [];
    const multiplier = createEncryptedMultiplier({
      key,
      keyId,
      packId: pack.id,
      checks: createProductChecks(pack.readWeights),
      stream: {
        close: () => stream.close(),
        multiply(...request) {
          const product = stream.multiply(...request);
          onSent?.();
          return product;
        },
      },
      nextCounter: (count) => {
        const first = counter;
        counter += BigInt(count);
        return Promise.resolve(first);
      },
      requireKey: () => undefined,
      onAnomaly: () => void events.push('key retired'),
    });
    return { key, stream, multiplier, events };
  }

  it('offers the pack', async () => {
    expect(await connection.info()).toMatchObject({ scheme: { n: 4096 }, limits: { maxRows: 64 } });
    const [offered] = await connection.packs();
    expect(Buffer.from(offered?.id ?? []).toString('hex')).toBe(Buffer.from(pack.id).toString('hex'));
    expect(offered?.matrices.map(({ t }) => t)).toEqual(pack.matrices.map(({ t }) => t));
  });

  it('gives a file of the bundle from any byte on', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of connection.fetchBundle(pack.id, 'note.txt', 8)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('but a test\n');
  });

  it.each([1, 3, 16, 65])('of %i rows are exact, and verified', async (count) => {
    const { multiplier, stream } = await open(connection);
    for (const matrix of pack.matrices) {
      const rows = someRows(count, matrix.inputs);
      const sums = await multiplier.multiply(matrix, rows, count, never);
      expect(Buffer.compare(bytesOf(sums), bytesOf(pack.product(matrix, rows, count))), matrix.name).toBe(0);
    }
    const perMatrix = Math.ceil(count / 64);
    expect(multiplier.verified).toEqual({ products: perMatrix * pack.matrices.length, failed: 0 });
    stream.close();
  });

  it('of extreme rows are exact', async () => {
    const { multiplier, stream } = await open(connection);
    for (const matrix of pack.matrices) {
      const rows = new Uint8Array(2 * matrix.inputs).fill(255).fill(1, matrix.inputs);
      const sums = await multiplier.multiply(matrix, rows, 2, never);
      expect(Buffer.compare(bytesOf(sums), bytesOf(pack.product(matrix, rows, 2)))).toBe(0);
    }
    stream.close();
  });

  it.each([1, 3, 16])('of %i rows that were prepared are exact, and each row is used once', async (count) => {
    const { key, stream } = await open(connection);
    const addon = loadAddon();
    for (const matrix of pack.matrices) {
      const multiply = async (kind: 'preparation' | 'online', rows: number, ciphertext: Uint8Array) => {
        expect(ciphertext).toHaveLength(addon.requestBytes(matrix, rows, kind));
        const productBytes = addon.responseBytes(matrix, rows, kind);
        const request = { pack: pack.id, keyId, matrix: matrix.index, rows, ciphertext, productBytes };
        return (await stream.multiply(request)).product;
      };
      const preparation = await key.prepare(matrix, count + 1, counter++);
      const answer = await multiply('preparation', count + 1, preparation);
      const ahead = await key.prepared(matrix, count + 1, preparation, answer);
      const prepared = ahead.take(count);
      expect([ahead.count(), prepared.count()]).toEqual([1, count]);
      const rows = someRows(count, matrix.inputs);
      const product = await multiply('online', count, await prepared.encrypt(rows));
      const verifier = await createProductChecks(pack.readWeights).of(matrix);
      if (!verifier) throw new Error('the weights are here');
      const sums = await prepared.decrypt(product, { verifier, rows });
      expect(Buffer.compare(bytesOf(sums), bytesOf(pack.product(matrix, rows, count))), matrix.name).toBe(0);
      await expect(prepared.encrypt(rows)).rejects.toMatchObject({ code: 'argument' });
      const wrong = product.map((byte, i) => (i === 22 ? byte ^ 0x40 : byte));
      await expect(prepared.decrypt(wrong, { verifier, rows })).rejects.toMatchObject({ code: 'product' });
      ahead.destroy();
      await expect(ahead.encrypt(someRows(1, matrix.inputs))).rejects.toMatchObject({ code: 'argument' });
    }
    stream.close();
    key.destroy();
  });

  it('need keys: without them the server says so, and goes on serving', async () => {
    const { key, stream } = await open(connection);
    const [matrix] = pack.matrices;
    if (!matrix) throw new Error('no matrix');
    const ciphertext = await key.encrypt(matrix, someRows(1, matrix.inputs), 1, counter++);
    const request = {
      pack: pack.id,
      matrix: 0,
      rows: 1,
      ciphertext,
      productBytes: loadAddon().responseBytes(matrix, 1),
    };
    await expect(stream.multiply({ ...request, keyId: new Uint8Array(16) })).rejects.toMatchObject({
      code: 'server',
      message: expect.stringContaining('does not hold the evaluation keys') as string,
    });
    expect((await stream.multiply({ ...request, keyId })).product).toHaveLength(request.productBytes);
    stream.close();
  });

  it('come again after the evaluation keys were deleted and sent again', async () => {
    const key = loadAddon().SecretKey.fromSeed(seed);
    await ensureKeys(connection, key, keyId);
    expect(await ensureKeys(connection, key, keyId)).toBe(0);
    expect(await connection.deleteKeys(keyId)).toBe(true);
    expect(await connection.deleteKeys(keyId)).toBe(false);
    expect(await connection.hasKeys(keyId)).toBe(false);
    expect(await ensureKeys(connection, key, keyId)).toBe((await key.evaluationKeys()).length);
  });

  it('that were changed on the way end the answer and its key', async () => {
    const [matrix] = pack.matrices;
    if (!matrix) throw new Error('no matrix');
    const { responseBytes } = loadAddon();
    const length = responseBytes(matrix, 2);
    const sizes = { matrix: 0, rows: 2, ciphertextBytes: 0, productBytes: length };
    const head = productMessageBytes(sizes).response - length;
    // Eight bytes cover the high bits of a coefficient; in its low bits a change is noise, and does no harm.
    const width = 8;
    for (const place of [0, 12, Math.floor(length / 3), Math.floor((2 * length) / 3), length - width]) {
      let changed = 0;
      const proxy = await startCountingProxy(server.port, {
        tamper: (payload, { direction, offset }) => {
          const start = head + place - offset;
          for (let at = Math.max(0, start); at < Math.min(start + width, payload.length); at++) {
            if (direction === 'sent') return;
            payload[at] = (payload[at] ?? 0) ^ 0xff;
            changed += 1;
          }
        },
      });
      const through = await connectTo(proxy.address);
      const { key, multiplier, events } = await open(through);
      const rows = someRows(2, matrix.inputs);
      await multiplier.multiply(matrix, rows, 2, never);
      expect(await multiplier.spoilt?.end(), `byte ${place}`).toMatchObject({ code: 'integrity' });
      expect(changed).toBe(width);
      expect(events).toEqual(['key retired']);
      await expect(key.encrypt(matrix, rows, 2, counter++)).rejects.toMatchObject({ code: 'argument' });
      through.close();
      proxy.close();
    }
  });

  it('stop at once when the user stops the answer, and the connection serves the next one', async () => {
    const controller = new AbortController();
    const stop = () => controller.abort();
    const { multiplier, events } = await open(connection, controller.signal, stop);
    const [, matrix] = pack.matrices;
    if (!matrix) throw new Error('no matrix');
    const under = multiplier.multiply(matrix, someRows(64, matrix.inputs), 64, controller.signal);
    await expect(under).rejects.toMatchObject({ code: 'cancelled' });
    expect(events).toEqual([]);

    const next = await open(connection);
    const rows = someRows(1, matrix.inputs);
    expect(await next.multiplier.multiply(matrix, rows, 1, never)).toEqual(pack.product(matrix, rows, 1));
    next.stream.close();
  });

  it('fail quickly when the server dies, and come again when it is back', async () => {
    const dataDir = join(dir, 'mortal');
    const mortal = await startServer({ pack: pack.root, dataDir, tls: false });
    const toMortal = await connectTo(mortal.address);
    const { multiplier, events } = await open(toMortal);
    const [, matrix] = pack.matrices;
    if (!matrix) throw new Error('no matrix');
    const rows = someRows(64, matrix.inputs);
    const under = multiplier.multiply(matrix, rows, 64, never);
    const killed = mortal.kill();
    const began = Date.now();
    await expect(under).rejects.toMatchObject({ code: 'server' });
    expect(Date.now() - began).toBeLessThan(5000);
    // Nothing is wrong with the key: a server that is gone is no wrong product.
    expect(events).toEqual([]);
    await killed;
    await expect(toMortal.openMultiply(never)).rejects.toMatchObject({ code: 'server' });

    const reborn = await startServer({ pack: pack.root, dataDir, tls: false, port: mortal.port });
    const next = await open(toMortal);
    expect(await next.multiplier.multiply(matrix, rows, 3, never)).toEqual(pack.product(matrix, rows, 3));
    toMortal.close();
    await reborn.kill();
  });
});

function bytesOf(sums: Int32Array): Uint8Array {
  return new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength);
}
