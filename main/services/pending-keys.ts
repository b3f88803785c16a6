/** Deletes the evaluation keys of retired session keys at the servers that still hold them. */
import { Failure } from '../../app/failure/failure.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { Vault } from '../vault/vault.ts';
import type { Profile } from './profile.ts';
import { bundledServerName, connectNamed } from './server-choice.ts';

export interface Deletions {
  readonly deleted: readonly { readonly server: string; readonly keyId: string }[];
  /** Still recorded; tried again when the server is next reached. */
  readonly pending: readonly { readonly server: string; readonly keyId: string; readonly reason: string }[];
}

/** Connects to each server that holds retired keys. A server that cannot be reached stays on record. */
export async function deletePendingKeys(
  vault: Vault,
  profile: Profile,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Deletions> {
  const deleted: Deletions['deleted'][number][] = [];
  const pending: Deletions['pending'][number][] = [];
  for (const upload of vault.pendingDeletions()) {
    const entry = { server: upload.server, keyId: Buffer.from(upload.keyId).toString('hex') };
    if (upload.server === bundledServerName) {
      pending.push({ ...entry, reason: 'it runs only while an answer is made' });
      continue;
    }
    try {
      const connection = await connectNamed({
        address: upload.server,
        profile,
        ...(token === undefined ? {} : { token }),
        signal,
      });
      try {
        await connection.deleteKeys(upload.keyId, signal);
        vault.recordDeletion(upload);
        deleted.push(entry);
      } finally {
        connection.close();
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'cancelled') throw error;
      pending.push({ ...entry, reason: error.message });
    }
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
