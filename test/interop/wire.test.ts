/** What anybody on the wire can count: it depends on the matrix and the bucket alone. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../main/attention/addon.ts';
import { createEncryptedMultiplier } from '../../main/attention/encrypted-multiplier.ts';
import { createProductChecks } from '../../main/attention/product-checks.ts';
import { productSizes } from '../../main/attention/product-sizes.ts';
import { ensureKeys } from '../../main/attention/server-keys.ts';
import { productMessageBytes } from '../../main/egress/calls.ts';
import { connect } from '../../main/egress/connect.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import { memoryPinStore } from '../../main/egress/pins.ts';
import type { RemoteMatrix } from '../../main/inference/multiplier.ts';
import { startCountingProxy } from './counting-proxy.ts';
import type { CountingProxy } from './counting-proxy.ts';
import { someRows, writeSmallPack } from './small-pack.ts';
import type { SmallPack } from './small-pack.ts';
import { hasServer, startServer } from './sotto-server.ts';
import type { TestServer } from './sotto-server.ts';
import { loadTestingAddon } from './testing-addon.ts';

describe.skipIf(!hasServer)('on the wire', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-wire-'));
  const seed = new Uint8Array(randomBytes(32));
  const keyId = new Uint8Array(randomBytes(16));
  const never = new AbortController().signal;
  let pack: SmallPack;
  let server: TestServer;
  let proxy: CountingProxy;
  let counter = 0n;
  const cleanups: (() => void | Promise<void>)[] = [() => rmSync(dir, { recursive: true })];

  beforeAll(async () => {
    const sizes = [
      { inputs: 96, outputs: 40 },
      { inputs: 256, outputs: 768 },
    ];
    pack = writeSmallPack(join(dir, 'pack'), sizes, await loadTestingAddon());
    server = await startServer({ pack: pack.root, dataDir: join(dir, 'data'), tls: false });
    cleanups.push(() => server.kill());
    proxy = await startCountingProxy(server.port);
    cleanups.push(() => proxy.close());
  });

  afterAll(async () => {
    for (const clean of cleanups.reverse()) await clean();
  });

  /** One answer's worth of products on a connection of its own, and what was counted of it. */
  async function answer(rowsOf: (matrix: RemoteMatrix) => Uint8Array, count: number) {
    const ledger = new Ledger();
    proxy.reset();
    const connection = await connect({
      address: proxy.address,
      pins: memoryPinStore(),
      ledger,
      allowInsecureLoopback: true,
    });
    const key = loadAddon().SecretKey.fromSeed(seed);
    await ensureKeys(connection, key, keyId);
    const stream = await connection.openMultiply(never);
    const multiplier = createEncryptedMultiplier({
      key,
      keyId,
      packId: pack.id,
      checks: createProductChecks(pack.readWeights),
      stream,
      nextCounter: () => Promise.resolve(counter++),
      requireKey: () => undefined,
      onAnomaly: () => undefined,
    });
    for (const matrix of pack.matrices) await multiplier.multiply(matrix, rowsOf(matrix), count, never);
    stream.close();
    const sockets = ledger.socketTotals();
    connection.close();
    return {
      sockets,
      raw: { sent: proxy.count('sent').rawBytes, received: proxy.count('received').rawBytes },
      data: { sent: proxy.count('sent').dataBytes, received: proxy.count('received').dataBytes },
      messages: proxy.messages().map(({ direction, bytes }) => ({ direction, bytes })),
      ledger: ledger.entries().map(({ direction, bytes }) => ({ direction, bytes })),
    };
  }

  it('the bytes are those of the ledger and those predicted', async () => {
    const rows = 3;
    await answer((matrix) => someRows(rows, matrix.inputs), rows);
    const { messages, ledger, data } = await answer((matrix) => someRows(rows, matrix.inputs), rows);
    expect(messages).toEqual(ledger);
    const total = (direction: string) =>
      ledger.filter((entry) => entry.direction === direction).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(data).toEqual({ sent: total('sent'), received: total('received') });

    const predicted = pack.matrices.flatMap((matrix) => {
      const sizes = productMessageBytes({ matrix: matrix.index, rows: 4, ...productSizes(matrix, rows) });
      return [
        { direction: 'sent', bytes: sizes.request },
        { direction: 'received', bytes: sizes.response },
      ];
    });
    // Before the products: whether the server has the keys, and that it has.
    expect(messages.slice(2)).toEqual(predicted);
  });

  it.each([
    [1, 1],
    [3, 4],
    [5, 8],
    [33, 64],
  ])('rows look the same whatever they hold, and %i rows like %i', async (few, many) => {
    const bucket = 2 ** Math.ceil(Math.log2(few));
    expect(bucket).toBe(many);
    const first = await answer((matrix) => someRows(few, matrix.inputs, 1), few);
    const others = [
      await answer((matrix) => someRows(few, matrix.inputs, 2), few),
      await answer((matrix) => new Uint8Array(few * matrix.inputs).fill(128), few),
      await answer((matrix) => new Uint8Array(many * matrix.inputs).fill(255), many),
    ];
    for (const other of others) {
      expect(other.messages).toEqual(first.messages);
      expect(other.data).toEqual(first.data);
    }
  });

  it('the ledger counts every byte of the socket', async () => {
    const { sockets, raw } = await answer((matrix) => someRows(1, matrix.inputs), 1);
    expect(sockets.opened).toBe(1);
    // What was still on its way when the socket was read is a closing frame or an acknowledgement.
    expect(Math.abs(sockets.sentBytes - raw.sent)).toBeLessThan(100);
    expect(Math.abs(sockets.receivedBytes - raw.received)).toBeLessThan(100);
  });
});
