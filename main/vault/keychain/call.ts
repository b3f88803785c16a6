/**
 * One call to `@napi-rs/keyring`, in a process that can be killed: what is asked, what is answered, and what the
 * answer means. Who starts that process is `KeychainRunner`'s matter.
 */
import * as v from 'valibot';
import { redact } from '../../../app/failure/redact.ts';
import { locked, unanswered, unavailable } from './keychain.ts';
import { noDefaultCollection } from './secret-service.ts';

const credential = v.strictObject({ account: v.string(), password: v.string() });

export const keyringRequest = v.variant('operation', [
  v.strictObject({ operation: v.picklist(['get', 'delete']), service: v.string(), account: v.string() }),
  v.strictObject({
    operation: v.literal('set'),
    service: v.string(),
    account: v.string(),
    password: v.string(),
  }),
  v.strictObject({ operation: v.literal('find'), service: v.string() }),
]);
export type KeyringRequest = v.InferOutput<typeof keyringRequest>;

/**
 * The addon's errors have no type. What tells them apart is where they come from: `open` finds no store at
 * all, `use` found one that would not do it; `limit` is the runner's word for a call that it gave up.
 */
const keyringReply = v.variant('ok', [
  v.strictObject({
    ok: v.literal(true),
    value: v.union([v.string(), v.boolean(), v.null(), v.array(credential)]),
  }),
  v.strictObject({ ok: v.literal(false), at: v.picklist(['open', 'use', 'limit']), reason: v.string() }),
]);
export type KeyringReply = v.InferOutput<typeof keyringReply>;
export type KeyringValue = Extract<KeyringReply, { ok: true }>['value'];

/**
 * Has a process of its own answer one request, and ends that process.
 * @param request a `KeyringRequest` as JSON; it may hold a secret, so it goes into no argument and no environment
 * @param limitMs after which the process is killed, whatever it is waiting for
 * @returns a `KeyringReply` as JSON; `null` when the process ended without one
 */
export type KeychainRunner = (request: string, limitMs: number) => Promise<string | null>;

/** @throws KeychainRefusal `locked` after `limitMs` or when the store refuses, `unavailable` when there is none. */
export async function callKeyring(
  run: KeychainRunner,
  request: KeyringRequest,
  limitMs: number,
): Promise<KeyringValue> {
  const reply = parse(await run(JSON.stringify(request), limitMs));
  if (!reply) throw unavailable('The process that talks to the keychain ended without an answer.');
  if (reply.ok) return reply.value;
  if (reply.at === 'limit') throw unanswered(limitMs / 1000);
  const reason = redact(reply.reason.slice(0, 300));
  if (reply.at === 'open') throw unavailable(`There is no keychain here that answers (${reason}).`);
  if (/no result found/i.test(reason)) throw noDefaultCollection();
  throw locked(`The keychain refused (${reason}).`);
}

function parse(answer: string | null): KeyringReply | undefined {
  if (answer === null) return undefined;
  try {
    return v.parse(keyringReply, JSON.parse(answer));
  } catch {
    // Its text may hold the secret: it is not passed on.
    return undefined;
  }
}
