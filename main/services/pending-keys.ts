/** Deletes the evaluation keys of retired session keys at the servers that still hold them. */
import { Failure } from '../../app/failure/failure.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { Vault } from '../vault/vault.ts';

export interface Deletions {
  readonly deleted: readonly { readonly server: string; readonly keyId: string }[];
  /** Still recorded; tried again when the server is next reached. */
  readonly pending: readonly { readonly server: string; readonly keyId: string; readonly reason: string }[];
}

/** A connection that was opened for this, or why there is none now. */
export type ReachForDeletion = (
  server: string,
) => Promise<Pick<ServerConnection, 'deleteKeys' | 'close'> | { readonly reason: string }>;

/**
 * Connects once to each server that holds retired keys. One that cannot be reached stays on record.
 * @throws Failure `cancelled`
 */
export async function deletePendingKeys(
  vault: Vault,
  reach: ReachForDeletion,
  signal: AbortSignal,
): Promise<Deletions> {
  const deleted: Deletions['deleted'][number][] = [];
  const pending: Deletions['pending'][number][] = [];
  const uploads = Map.groupBy(vault.pendingDeletions(), ({ server }) => server);
  for (const [server, ofServer] of uploads) {
    const left = new Set(ofServer);
    let reason = '';
    try {
      const reached = await reach(server);
      if ('reason' in reached) {
        reason = reached.reason;
      } else {
        try {
          for (const upload of ofServer) {
            await reached.deleteKeys(upload.keyId, signal);
            vault.recordDeletion(upload);
            left.delete(upload);
            deleted.push({ server, keyId: hex(upload.keyId) });
          }
        } finally {
          reached.close();
        }
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'cancelled') throw error;
      reason = error.message;
    }
    for (const { keyId } of left) pending.push({ server, keyId: hex(keyId), reason });
  }
  return { deleted, pending };
}

/** Does the same on a connection that is open anyway; failing to is no reason not to answer. */
export async function deletePendingKeysAt(
  connection: Pick<ServerConnection, 'deleteKeys'>,
  server: string,
  vault: Vault,
  signal: AbortSignal,
): Promise<void> {
  for (const upload of vault.pendingDeletions()) {
    if (upload.server !== server) continue;
    try {
      await connection.deleteKeys(upload.keyId, signal);
      vault.recordDeletion(upload);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'cancelled') throw error;
      return;
    }
  }
}

/** Milliseconds that a server has for each key of a vault that is about to be gone. */
const forgetMs = 2000;

/**
 * For a vault that lasts one run: its keys are retired, and the server is asked to drop what it has of them, for it would
 * serve nobody. Not under the signal of what ran: that is over, or was stopped. A server that does not answer keeps them.
 */
export async function forgetKeys(
  vault: Pick<Vault, 'revoke'>,
  connection: Pick<ServerConnection, 'deleteKeys'>,
): Promise<void> {
  for (const { keyId } of vault.revoke()) {
    try {
      await connection.deleteKeys(keyId, AbortSignal.timeout(forgetMs));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
