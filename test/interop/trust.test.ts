/** Whom the client talks to: pins, tokens and TLS against the real server. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../main/egress/connect.ts';
import type { ConnectOptions, ServerConnection } from '../../main/egress/connect.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import { filePinStore, memoryPinStore } from '../../main/egress/pins.ts';
import { serverBinary } from '../../main/services/bundled-server.ts';
import { writeSmallPack } from './small-pack.ts';
import { hasServer, startServer } from './sotto-server.ts';
import type { TestServer, TestServerOptions } from './sotto-server.ts';
import { loadTestingAddon } from './testing-addon.ts';

describe.skipIf(!hasServer)('the identity of a server', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-trust-'));
  const started: (TestServer | ServerConnection)[] = [];
  let pack: string;

  beforeAll(async () => {
    pack = writeSmallPack(join(dir, 'pack'), [{ inputs: 8, outputs: 8 }], await loadTestingAddon()).root;
  });
  afterEach(async () => {
    for (const thing of started.splice(0)) await ('kill' in thing ? thing.kill() : thing.close());
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  async function start(data: string, more: Partial<TestServerOptions> = {}): Promise<TestServer> {
    const server = await startServer({ pack, dataDir: join(dir, data), ...more });
    started.push(server);
    return server;
  }

  async function reach(options: Partial<ConnectOptions> & { address: string }): Promise<ServerConnection> {
    const connection = await connect({ pins: memoryPinStore(), ledger: new Ledger(), ...options });
    started.push(connection);
    return connection;
  }

  it('is pinned on first use and recognised afterwards', async () => {
    const server = await start('one');
    const pinsFile = join(dir, 'profile', 'pins.json');
    const ledger = new Ledger();
    const first = await reach({ address: server.address, pins: filePinStore(pinsFile), ledger });
    // One look at the certificate, and the connection that insists on it.
    expect(ledger.socketTotals().opened).toBe(2);
    expect(first.isNewServer).toBe(true);
    expect(first.identity).toBe(server.identity);
    expect(await first.hasKeys(new Uint8Array(16))).toBe(false);

    const again = await reach({ address: server.address, pins: filePinStore(pinsFile) });
    expect(again.isNewServer).toBe(false);
    expect(await again.hasKeys(new Uint8Array(16))).toBe(false);
    expect(await readFile(pinsFile, 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('that has changed is refused until the user accepts the new one, and nothing is sent', async () => {
    const pins = memoryPinStore();
    const before = await start('one');
    await reach({ address: before.address, pins });
    await before.kill();

    const after = await start('two', { port: before.port });
    const ledger = new Ledger();
    const refused = reach({ address: after.address, pins, ledger });
    await expect(refused).rejects.toMatchObject({ code: 'server' });
    await expect(refused).rejects.toThrow(before.identity ?? '?');
    await expect(refused).rejects.toThrow(after.identity ?? '?');
    expect(ledger.entries()).toEqual([]);

    const accepted = await reach({ address: after.address, pins, identity: after.identity ?? '' });
    expect(accepted.isNewServer).toBe(true);
    expect((await reach({ address: after.address, pins })).isNewServer).toBe(false);
  });

  it('is checked again when the connection is opened again', async () => {
    const before = await start('one');
    const connection = await reach({ address: before.address });
    await before.kill();
    await start('two', { port: before.port });
    await expect(connection.hasKeys(new Uint8Array(16))).rejects.toThrow(/is not the known one/);
  });

  it('that is not the announced one is refused', async () => {
    const server = await start('one');
    const identity = `sha256:${createHash('sha256').update('another').digest('hex')}`;
    await expect(reach({ address: server.address, identity })).rejects.toThrow(identity);
  });

  it('is checked even where the environment turns TLS checks off', async () => {
    const pins = memoryPinStore();
    const before = await start('one');
    await reach({ address: before.address, pins });
    await before.kill();
    const after = await start('two', { port: before.port });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(reach({ address: after.address, pins })).rejects.toMatchObject({ code: 'server' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('is not believed below TLS 1.3', async () => {
    const made = join(dir, 'made');
    serverCommand('cert', '--out', made);
    const [cert, key] = await Promise.all(['cert.pem', 'key.pem'].map((name) => readFile(join(made, name))));
    if (!cert || !key) throw new Error('no certificate');
    const old = createServer({ cert, key, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] }).listen(
      0,
      '127.0.0.1',
    );
    await once(old, 'listening');
    const { port } = old.address() as AddressInfo;
    await expect(reach({ address: `https://127.0.0.1:${port}` })).rejects.toThrow(/does not speak TLS 1.3/);
    old.close();
  });

  it('needs the right token where there are tokens', async () => {
    const tokens = join(dir, 'tokens.json');
    const token = serverCommand('token', 'add', 'ada', '--tokens', tokens).trim();
    const server = await start('tokens', { tokens });
    const pins = memoryPinStore();
    const right = await reach({ address: server.address, pins, token });
    expect(await right.hasKeys(new Uint8Array(16))).toBe(false);
    for (const options of [{}, { token: 'wrong-token' }]) {
      const wrong = await reach({ address: server.address, pins, ...options });
      const refusal = { code: 'server', message: expect.stringContaining('refused the token') as string };
      await expect(wrong.hasKeys(new Uint8Array(16))).rejects.toMatchObject(refusal);
      await expect(wrong.openMultiply(new AbortController().signal)).rejects.toMatchObject(refusal);
    }
  });
});

function serverCommand(...args: string[]): string {
  return execFileSync(serverBinary(), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
