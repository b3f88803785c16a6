/**
 * Evaluation keys at a server: sent where it has none, and fewer than it keeps for an account. Every conversation has a key
 * of its own; the ones that were used least recently make room, and are sent again when their conversation goes on.
 */
import { Failure } from '../../app/failure/failure.ts';
import type { SecretKey } from '../attention/addon.ts';
import { ensureKeys } from '../attention/server-keys.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { Vault } from '../vault/vault.ts';

export interface KeyUpload {
  readonly connection: Pick<ServerConnection, 'hasKeys' | 'putKeys' | 'deleteKeys'>;
  /** The server's name on record. */
  readonly server: string;
  /** Keys that it keeps for an account; 0 where it does not say. */
  readonly limit: number;
  readonly vault: Pick<Vault, 'uploadedTo' | 'recordUpload' | 'recordDeletion' | 'dropKey'>;
  readonly key: Pick<SecretKey, 'evaluationKeys'>;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
}

export type KeysProgress = (sentBytes: number, totalBytes: number) => void;

/** Keys that are deleted for one more, where an account is full of keys that are not this vault's. */
const mostTries = 2;

/**
 * @returns bytes of evaluation keys sent; 0 when the server had them
 * @throws Failure as `ensureKeys`. Keys that did not arrive are retired: nobody knows what of them the server has.
 */
export async function uploadKeys(
  upload: KeyUpload,
  signal: AbortSignal,
  onProgress?: KeysProgress,
): Promise<number> {
  const { connection, server, limit, vault, key, keyId } = upload;
  const record = { server, keyId };
  const others = vault.uploadedTo(server).filter((other) => !Buffer.from(other).equals(keyId));
  const deleteOldest = async () => {
    const oldest = others.shift();
    if (!oldest) return false;
    await connection.deleteKeys(oldest, signal);
    vault.recordDeletion({ server, keyId: oldest });
    return true;
  };
  const sending = { begun: false };
  const beforeUpload = async () => {
    while (limit > 0 && others.length >= limit) await deleteOldest();
    vault.recordUpload(record);
    sending.begun = true;
  };
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        const sent = await ensureKeys(connection, key, keyId, {
          beforeUpload,
          ...(onProgress && { onProgress }),
          signal,
        });
        if (sent === 0) vault.recordUpload(record);
        return sent;
      } catch (error) {
        // The account is another machine's too, or the limit has become a lower one.
        const isFull = sending.begun && error instanceof Failure && error.reason === 'server-busy';
        if (!isFull || tries >= mostTries || !(await deleteOldest())) throw error;
      }
    }
  } catch (error) {
    if (sending.begun) retire(vault, keyId);
    throw error;
  }
}

function retire(vault: KeyUpload['vault'], keyId: Uint8Array): void {
  try {
    vault.dropKey(keyId);
  } catch (error) {
    // Closed meanwhile: the upload is on record, and the server is asked about it before the key is used again.
    if (!(error instanceof Failure)) throw error;
  }
}
