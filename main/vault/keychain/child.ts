/**
 * The child process of run-child.ts: takes one request, answers it, and waits to be killed. The secret travels on
 * its channel, never in arguments or environment, where other processes could read it.
 */
import { AsyncEntry, findCredentialsAsync } from '@napi-rs/keyring';
import * as v from 'valibot';
import { keyringRequest } from './call.ts';
import type { KeyringReply, KeyringRequest, KeyringValue } from './call.ts';

/** Without it the addon falls back silently to the kernel keyring, which forgets at reboot. */
const pinned = { linux: { store: 'secret-service' } } as const;

/** The channel of Electron's utility process, which has no `process.send`. */
interface ParentPort {
  once(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
  postMessage(message: string): void;
}
const { parentPort } = process as { readonly parentPort?: ParentPort };

if (parentPort) {
  parentPort.once(
    'message',
    ({ data }) => void answer(data).then((reply) => parentPort.postMessage(reply), fail),
  );
} else {
  // The parent is gone: nobody waits for the answer, and a hanging call would keep this process for ever.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.once('message', (message) => void answer(message).then((reply) => process.send?.(reply), fail));
}

/** Without a word: what could not be read may hold a secret. */
function fail(): never {
  process.exit(1);
}

async function answer(message: unknown): Promise<string> {
  const request = v.parse(v.pipe(v.string(), v.parseJson(), keyringRequest), message);
  return JSON.stringify(await reply(request));
}

async function reply(request: KeyringRequest): Promise<KeyringReply> {
  let entry: AsyncEntry;
  try {
    // Also for `find`, which takes no options: that this does not throw proves that the pinned store is there.
    entry = new AsyncEntry(request.service, 'account' in request ? request.account : 'default', pinned);
  } catch (error) {
    return { ok: false, at: 'open', reason: String(error) };
  }
  try {
    return { ok: true, value: await use(entry, request) };
  } catch (error) {
    return { ok: false, at: 'use', reason: String(error) };
  }
}

async function use(entry: AsyncEntry, request: KeyringRequest): Promise<KeyringValue> {
  switch (request.operation) {
    case 'get':
      return await entry.getPassword();
    case 'set':
      await entry.setPassword(request.password);
      return null;
    case 'delete':
      return await entry.deletePassword();
    case 'find':
      return await findCredentialsAsync(request.service);
  }
}
