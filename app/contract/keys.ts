/** The vault: keys of this machine. No method returns a secret; a backup is encrypted under the user's passphrase. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { count, line, list, nothing, passphrase, text } from './shapes.ts';

const refused = { message: text(2000), next: text(2000) };

export const keyState = v.variant('state', [
  v.strictObject({
    state: v.literal('found'),
    storage: v.picklist(['keychain', 'passphrase', 'memory']),
    profile: v.string(),
    epoch: count,
    created: v.nullable(v.string()),
    lastUsed: v.nullable(v.string()),
    keys: list(
      v.strictObject({
        keyId: v.string(),
        scope: v.string(),
        epoch: count,
        created: v.string(),
        retired: v.nullable(v.string()),
        servers: list(v.string(), 1000),
      }),
      100_000,
    ),
  }),
  /** No root key. `lost`: the profile had one. */
  v.strictObject({ state: v.literal('absent'), lost: v.boolean() }),
  v.strictObject({ state: v.literal('locked'), ...refused }),
  v.strictObject({ state: v.literal('unavailable'), ...refused }),
  /** The profile's root key is under a passphrase, which was not given yet. */
  v.strictObject({ state: v.literal('passphrase') }),
]);
export type KeyState = v.InferOutput<typeof keyState>;

const deletions = v.strictObject({
  deleted: list(v.strictObject({ server: v.string(), keyId: v.string() }), 100_000),
  pending: list(v.strictObject({ server: v.string(), keyId: v.string(), reason: v.string() }), 100_000),
});

export const keys = {
  status: call({ in: nothing, out: keyState }),
  /** Asks the keychain again. */
  retry: call({ in: nothing, out: keyState }),
  /** Makes a root key where there is none. `replace` gives up one that was lost, and what was encrypted under it. */
  create: call({
    in: v.variant('storage', [
      v.strictObject({ storage: v.literal('keychain'), replace: v.boolean() }),
      v.strictObject({
        storage: v.literal('passphrase'),
        passphrase: v.pipe(passphrase, v.minLength(8)),
        replace: v.boolean(),
      }),
    ]),
    out: keyState,
  }),
  /** Opens a vault that is under a passphrase. */
  unlock: call({ in: v.strictObject({ passphrase }), out: keyState }),
  /** Closes the vault: history and keys are unreadable until it is opened again. */
  lock: call({ in: nothing, out: keyState }),
  rotate: call({ in: nothing, out: deletions }),
  revoke: call({ in: nothing, out: deletions }),
  /** An armored age file under the passphrase; the host asks the user outside the page first. */
  exportBackup: call({
    in: v.strictObject({ passphrase: v.pipe(passphrase, v.minLength(8)) }),
    out: v.strictObject({ name: line(200), text: text(100_000) }),
  }),
  /**
   * Takes the root key from an age file's text, or base64 of a binary one. `replace` gives up the one there is; the
   * host asks the user outside the page first. `storage` is where it is kept from now on, `passphrase` under the
   * backup's own; without it the key stays where the profile's is, which is the keychain for a new one.
   */
  importBackup: call({
    in: v.strictObject({
      text: text(200_000),
      passphrase,
      replace: v.boolean(),
      storage: v.optional(v.picklist(['keychain', 'passphrase'])),
    }),
    out: keyState,
  }),
  /** The state now, and after each change. Ends only when stopped. */
  watch: stream({ in: nothing, item: keyState, out: nothing }),
};
