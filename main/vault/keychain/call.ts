/**
 * One call to `@napi-rs/keyring` in a child process of its own.
 *
 * With an unlock prompt on the screen the call hangs inside the addon: an AbortSignal does nothing and even
 * process.exit() waits for it. A child can be killed. The parent never loads the addon.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { redact } from '../../../app/failure/redact.ts';
import { locked, unanswered, unavailable } from './keychain.ts';
import type { Credential } from './keychain.ts';
import { noDefaultCollection } from './secret-service.ts';

export type KeyringRequest =
  | { readonly operation: 'get' | 'delete'; readonly service: string; readonly account: string }
  | {
      readonly operation: 'set';
      readonly service: string;
      readonly account: string;
      readonly password: string;
    }
  | { readonly operation: 'find'; readonly service: string };

export type KeyringValue = string | boolean | Credential[] | null;

/**
 * The addon's errors have no type. What tells them apart is where they come from: `open` finds no store at
 * all, `use` found one that would not do it.
 */
export type KeyringReply =
  | { readonly ok: true; readonly value: KeyringValue }
  | { readonly ok: false; readonly at: 'open' | 'use'; readonly reason: string };

/** @throws KeychainRefusal `locked` after `limitMs` or when the store refuses, `unavailable` when there is none. */
export async function callKeyring(request: KeyringRequest, limitMs: number): Promise<KeyringValue> {
  const reply = await exchange(request, limitMs);
  if (reply === 'timeout') throw unanswered(limitMs / 1000);
  if (reply === 'died') throw unavailable('The process that talks to the keychain ended without an answer.');
  if (reply.ok) return reply.value;
  const reason = redact(reply.reason.slice(0, 300));
  if (reply.at === 'open') throw unavailable(`There is no keychain here that answers (${reason}).`);
  if (/no result found/i.test(reason)) throw noDefaultCollection();
  throw locked(`The keychain refused (${reason}).`);
}

function exchange(request: KeyringRequest, limitMs: number): Promise<KeyringReply | 'timeout' | 'died'> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'child.ts'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let outcome: KeyringReply | 'timeout' | 'died' = 'died';
    const kill = (): void => void child.kill('SIGKILL');
    const limit = setTimeout(() => {
      outcome = 'timeout';
      kill();
    }, limitMs);
    const finish = () => {
      clearTimeout(limit);
      resolve(outcome);
    };
    child.once('message', (reply) => {
      outcome = reply as KeyringReply;
      kill();
    });
    child.once('error', finish);
    child.once('exit', finish);
    // A failed send (the child is already gone) shows as its exit.
    child.send(request, () => undefined);
  });
}
