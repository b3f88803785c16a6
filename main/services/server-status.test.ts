/** How a named server is, by looks at a connection that answers or does not. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { orCancelled } from '../egress/cancellation.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { ModelKeeper } from './model-keeper.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';
import type { KnownServer, ServerDirectory } from './server-directory.ts';
import { createServerStatus } from './server-status.ts';
import type { ServerStatus, ServerStatusKeeper } from './server-status.ts';
import { createSessionKeeper } from './session-keeper.ts';
import type { SessionKeeper } from './session-keeper.ts';

const server: KnownServer = { id: 's', name: 'Mine', address: 'https://models.example', identity: null };
const pack = { id: 'pack', root: '/pack' };

let context: ProfileContext;
let sessions: SessionKeeper;
let status: ServerStatusKeeper;
let stop: AbortController;
/** What a look at each connection, in order, comes to; the last one of all that follow. */
let looks: ((signal: AbortSignal) => Promise<unknown>)[];
let connections: number;
let seen: ServerStatus[];

const never = (signal: AbortSignal) => orCancelled(new Promise(() => undefined), signal);
const lost = () => Promise.reject(new Failure('server', 'The connection was lost.'));
const well = () => Promise.resolve({});

beforeEach(async () => {
  context = await openProfileContext();
  await context.vault.create({ storage: 'keychain', replace: false });
  context.settings.change({ server: server.id });
  connections = 0;
  const servers: ServerDirectory = {
    describe: () => server,
    reach() {
      const answer = looks[Math.min(connections, looks.length - 1)];
      connections += 1;
      const connection = { address: server.address, info: answer } as unknown as ServerConnection;
      return Promise.resolve({ connection, name: 'Mine', bundled: false, close: () => Promise.resolve() });
    },
  };
  sessions = createSessionKeeper(context, servers);
  status = createServerStatus({
    context,
    servers,
    sessions,
    models: { open: () => Promise.resolve({ pack }) } as unknown as ModelKeeper,
    isBusy: () => false,
    everyMs: 60_000,
    limitMs: 50,
  });
  stop = new AbortController();
  seen = [];
});
afterEach(async () => {
  stop.abort();
  status.close();
  await sessions.close();
  await context.end();
});

function watch(): void {
  const items = status.watch(stop.signal);
  void (async () => {
    for await (const item of items) seen.push(item);
  })();
}

it.each([
  ['gives no answer', never, 'The server did not answer in time.'],
  ['loses its connection', lost, 'The connection was lost.'],
])('of a server that %s is that it cannot be reached, until it is reached anew', async (_, look, message) => {
  looks = [look, well];
  watch();
  await expect.poll(() => seen.at(-1)).toMatchObject({ state: 'unreachable', message });
  // As "Try again" does.
  await sessions.reach(server, pack, stop.signal);
  await expect.poll(() => seen.at(-1)).toMatchObject({ state: 'ready', message: null });
  expect(connections).toBe(2);
});

it('keeps the connection of a server that answers', async () => {
  looks = [well];
  watch();
  await expect.poll(() => seen.at(-1)?.latency).toBeTypeOf('number');
  await sessions.reach(server, pack, stop.signal);
  expect(connections).toBe(1);
});
