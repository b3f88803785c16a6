/**
 * The child process of call.ts: takes one request, answers it, and waits to be killed. The secret travels on
 * the IPC channel, never in arguments or environment, where other processes could read it.
 */
import { AsyncEntry, findCredentialsAsync } from '@napi-rs/keyring';
import type { KeyringReply, KeyringRequest, KeyringValue } from './call.ts';

/** Without it the addon falls back silently to the kernel keyring, which forgets at reboot. */
const pinned = { linux: { store: 'secret-service' } } as const;

// The parent is gone: nobody waits for the answer, and a hanging call would keep this process for ever.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.once('message', (request) => {
  void answer(request as KeyringRequest).then((reply) => process.send?.(reply));
});

async function answer(request: KeyringRequest): Promise<KeyringReply> {
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
