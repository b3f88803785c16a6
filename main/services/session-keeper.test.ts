import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Pack } from '../packs/pack.ts';
import { generateRootKey } from '../vault/root-key.ts';
import { sealRoot } from '../vault/sealed-root.ts';
import type { SessionParts } from './encrypted-session.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';
import type { ReachedServer } from './server-choice.ts';
import type { KnownServer } from './server-directory.ts';
import { createSessionKeeper } from './session-keeper.ts';
import type { SessionKeeper } from './session-keeper.ts';

/** A session without a server: what it was of, how often its keys were asked about, and whether it is closed. */
interface Made {
  readonly scope: string;
  asked: number;
  closed: boolean;
}
const { made } = vi.hoisted(() => ({ made: [] as Made[] }));
vi.mock(import('./encrypted-session.ts'), () => ({
  openEncryptedSession({ vault, scope, server }: SessionParts) {
    const { keyId } = vault.latticeKey(scope);
    const record = { server: server.name, keyId };
    vault.recordUpload(record);
    const own: Made = { scope, asked: 0, closed: false };
    made.push(own);
    return Promise.resolve({
      server: { address: '', identity: null },
      scheme: {} as never,
      keyId,
      keyBytes: 0,
      refreshKeys() {
        own.asked += 1;
        vault.recordUpload(record);
        return Promise.resolve(0);
      },
      openMultiplier: () => Promise.reject(new Error('not in this test')),
      close: () => void (own.closed = true),
    });
  },
}));

const address = 'https://models.example';
const server: KnownServer = { id: null, name: 'bundled', address, identity: null };
const reached = {
  connection: { address },
  name: 'bundled',
  bundled: true,
  close: () => Promise.resolve(),
} as ReachedServer;

let context: ProfileContext;
let sessions: SessionKeeper;
let timesReached: number;
beforeEach(async () => {
  made.splice(0);
  context = await openProfileContext();
  await context.vault.create({ storage: 'keychain', replace: false });
  timesReached = 0;
  sessions = createSessionKeeper(context, {
    describe: () => server,
    reach() {
      timesReached += 1;
      return Promise.resolve(reached);
    },
  });
});
afterEach(async () => {
  await sessions.close();
  await context.end();
});

async function use(scope: string, pack = 'pack'): Promise<void> {
  const { release } = await sessions.open({
    pack: { id: pack, root: '/pack' } as Pack,
    server,
    scope,
    signal: context.signal,
    onConnecting: () => undefined,
    onKeys: () => undefined,
  });
  release();
}
const vault = () => context.vault.require();
const closed = () => made.filter((session) => session.closed).map(({ scope }) => scope);
const onRecord = () =>
  vault()
    .uploadedTo('bundled')
    .map((id) => Buffer.from(id).toString('hex'));
const idOf = (scope: string) => Buffer.from(vault().latticeKey(scope).keyId).toString('hex');

it('keeps the session of a conversation for its next question', async () => {
  for (const scope of ['a', 'b', 'a']) await use(scope);
  expect(made.map(({ scope }) => scope)).toEqual(['a', 'b']);
  expect(made.map(({ asked }) => asked)).toEqual([0, 0]);
});

it('asks for the bundled server again when another pack lies in the same folder', async () => {
  for (const pack of ['first', 'first', 'second']) await use('a', pack);
  expect(timesReached).toBe(2);
});

it('keeps no key in memory that was retired', async () => {
  for (const scope of ['a', 'b']) await use(scope);
  sessions.closeRetired();
  expect(closed()).toEqual([]);
  vault().dropScopes(['a']);
  sessions.closeRetired();
  expect(closed()).toEqual(['a']);
  vault().rotate();
  sessions.closeRetired();
  expect(closed()).toEqual(['a', 'b']);
});

it('closes with the next answer what another process retired', async () => {
  for (const scope of ['a', 'b']) await use(scope);
  vault().rotate();
  await use('a');
  expect(closed()).toEqual(['a', 'b']);
  expect(made).toHaveLength(3);
});

it('keeps no key in memory when the vault is locked, or another root key takes its place', async () => {
  await use('a');
  const passphrase = 'correct horse battery staple';
  const sealed = await sealRoot({ root: generateRootKey(), created: 7 }, passphrase, { workFactor: 4 });
  const text = Buffer.from(sealed).toString('base64');
  await context.vault.importBackup({ text, passphrase, replace: true });
  expect(closed()).toEqual(['a']);
  await use('b');
  await context.vault.lock();
  expect(closed()).toEqual(['a', 'b']);
});

it('asks the server about keys that another process deleted there', async () => {
  await use('a');
  vault().recordDeletion({ server: 'bundled', keyId: vault().latticeKey('a').keyId });
  await use('a');
  expect(made).toMatchObject([{ asked: 1 }]);
  expect(onRecord()).toEqual([idOf('a')]);
});

it('has keys that are in use count as used last, for who makes room beside it', async () => {
  for (const scope of ['a', 'b', 'a']) await use(scope);
  expect(onRecord()).toEqual([idOf('b'), idOf('a')]);
  expect(made).toMatchObject([{ asked: 0 }, { asked: 0 }]);
});
