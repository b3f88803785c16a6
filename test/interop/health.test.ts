/** What the check of a server leaves behind at it: nothing, however it ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import type { Addon, SecretKey } from '../../main/attention/addon.ts';
import { connect } from '../../main/egress/connect.ts';
import type { ServerConnection } from '../../main/egress/connect.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import { memoryPinStore } from '../../main/egress/pins.ts';
import { checkHealth } from '../../main/services/health.ts';
import type { Check } from '../../main/services/health.ts';
import { openProfile } from '../../main/services/profile.ts';
import { MemoryKeychain } from '../../main/vault/keychain/memory-keychain.ts';
import { defaultPack } from '../end-to-end/sotto.ts';
import type { TestServer } from './sotto-server.ts';
import { hasServer, startServer } from './sotto-server.ts';

const { made } = vi.hoisted(() => ({ made: [] as SecretKey[] }));
/** The addon itself, which notes the keys that it makes. */
vi.mock(import('../../main/attention/addon.ts'), async (original) => {
  const { loadAddon } = await original();
  const fromSeed = (seed: Uint8Array) => {
    const key = loadAddon().SecretKey.fromSeed(seed);
    made.push(key);
    return key;
  };
  return { loadAddon: () => ({ ...loadAddon(), SecretKey: { fromSeed } }) as unknown as Addon };
});

describe.skipIf(!hasServer)('the check of a server', () => {
  let dir: string;
  let server: TestServer;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sotto-health-'));
    server = await startServer({ pack: defaultPack, dataDir: join(dir, 'server') });
  });
  afterAll(async () => {
    await server.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const connectTo = (): Promise<ServerConnection> => {
    const { address, identity } = server;
    const common = { address, pins: memoryPinStore(), ledger: new Ledger() };
    return connect({ ...common, ...(identity === undefined ? {} : { identity }) });
  };

  /** Runs the checks on a connection that was changed; what the server and this process still have of its key. */
  async function check(
    change: (connection: ServerConnection, stop: () => void) => Partial<ServerConnection>,
  ) {
    const stopping = new AbortController();
    const keyIds: Uint8Array[] = [];
    made.splice(0);
    const checks: Check[] = [];
    let thrown: unknown;
    try {
      for await (const one of checkHealth({
        profile: openProfile('test', dir),
        packRoot: defaultPack,
        keychain: new MemoryKeychain(),
        signal: stopping.signal,
        async reach() {
          const connection = await connectTo();
          const changed = { ...connection, ...change(connection, () => stopping.abort()) };
          return {
            connection: {
              ...changed,
              async putKeys(...sent: Parameters<ServerConnection['putKeys']>) {
                keyIds.push(sent[0]);
                return await changed.putKeys(...sent);
              },
            },
            name: 'server',
            bundled: true,
            close: () => Promise.resolve(connection.close()),
          };
        },
      })) {
        checks.push(one);
      }
    } catch (error) {
      thrown = error;
    }
    const connection = await connectTo();
    onTestFinished(() => connection.close());
    const left = await Promise.all(keyIds.map((keyId) => connection.hasKeys(keyId)));
    const isGone = await Promise.all(
      made.map((key) =>
        key.evaluationKeys().then(
          () => false,
          () => true,
        ),
      ),
    );
    expect(keyIds).toHaveLength(1);
    expect(left).toEqual([false]);
    expect(made.length).toBeGreaterThan(0);
    expect(isGone).not.toContain(false);
    return { last: checks.at(-1), thrown };
  }

  it('leaves no key when it passes', async () => {
    const { last } = await check(() => ({}));
    expect(last).toMatchObject({ name: 'encrypted product, there and back', passed: true });
  });

  it('leaves no key when it is stopped once the keys have arrived', async () => {
    const { thrown } = await check((connection, stop) => ({
      async putKeys(keyId, keys, options) {
        await connection.putKeys(keyId, keys, options);
        stop();
        throw new Failure('cancelled', 'Stopped.');
      },
    }));
    expect(thrown).toMatchObject({ code: 'cancelled' });
  });

  it('leaves no key when it is stopped in the middle of the product', async () => {
    const { thrown } = await check((connection, stop) => ({
      async openMultiply(signal) {
        const stream = await connection.openMultiply(signal);
        return {
          close: () => stream.close(),
          multiply(...sent) {
            stop();
            return stream.multiply(...sent);
          },
        };
      },
    }));
    expect(thrown).toMatchObject({ code: 'cancelled' });
  });

  it('leaves no key when no stream of products opens', async () => {
    const { last } = await check(() => ({
      openMultiply: () => Promise.reject(new Failure('server', 'The server does not offer this call.')),
    }));
    expect(last).toMatchObject({ passed: false, detail: 'The server does not offer this call.' });
  });
});
