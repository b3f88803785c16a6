/**
 * Evaluation keys at a server: sent where it has none, and fewer than it keeps for an account. Every conversation has a key
 * of its own; the ones that were used least recently make room, and are sent again when their conversation goes on.
 */
import { Failure } from '../../app/failure/failure.ts';
import type { FailureReason } from '../../app/failure/reasons.ts';
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
  readonly vault: Pick<Vault, 'uploadedTo' | 'recordUpload' | 'recordDeletion' | 'dropKey' | 'requireActive'>;
  readonly key: Pick<SecretKey, 'evaluationKeys'>;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
}

export type KeysProgress = (sentBytes: number, totalBytes: number) => void;

/** Keys that are deleted for one more, where an account is full of keys that are not this vault's. */
const mostTries = 2;
/** Milliseconds for the deletion of keys that nobody will use: who waits is told of something else. */
const deletionMs = 2000;

/** With these the server said no before it stored anything: what was sent is not there. */
const refusals: ReadonlySet<FailureReason | undefined> = new Set<FailureReason>([
  'server-busy',
  'server-keys-full',
  'token-refused',
]);

/**
 * @returns bytes of evaluation keys sent; 0 when the server had them
 * @throws Failure as `ensureKeys`. Keys of which nobody knows whether they arrived are retired. Failure `refused` when
 *   the key was retired, or its keys at this server were deleted, while they were sent: they are deleted again.
 */
export async function uploadKeys(
  upload: KeyUpload,
  signal: AbortSignal,
  onProgress?: KeysProgress,
): Promise<number> {
  const { connection, server, limit, vault, key, keyId } = upload;
  const record = { server, keyId };
  const others = vault.uploadedTo(server).filter((other) => !sameKey(other, keyId));
  const deleteOldest = async () => {
    const oldest = others.shift();
    if (!oldest) return false;
    await connection.deleteKeys(oldest, signal);
    vault.recordDeletion({ server, keyId: oldest });
    return true;
  };
  // One place stays free: for the key of a check, of a run of the command line, or of another machine of the account.
  const most = Math.max(1, limit - 1);
  /** Whether the server may have something that was not there before. */
  const sending = { begun: false };
  const beforeUpload = async () => {
    while (limit > 0 && others.length >= most) await deleteOldest();
    vault.recordUpload(record);
    sending.begun = true;
  };
  const send = async () => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await ensureKeys(connection, key, keyId, {
          beforeUpload,
          ...(onProgress && { onProgress }),
          signal,
        });
      } catch (error) {
        const reason = error instanceof Failure ? error.reason : undefined;
        if (sending.begun && refusals.has(reason)) {
          sending.begun = false;
          unlessClosed(() => vault.recordDeletion(record));
        }
        // The account is another machine's too, or the limit has become a lower one.
        if (reason !== 'server-keys-full' || tries >= mostTries || !(await deleteOldest())) throw error;
      }
    }
  };
  let sent: number;
  try {
    sent = await send();
  } catch (error) {
    if (sending.begun) await forgetLost(upload);
    throw error;
  }
  if (sent === 0) vault.recordUpload(record);
  else await mustBeOnRecord(upload);
  return sent;
}

/** After an upload of which nobody knows whether it arrived. */
async function forgetLost(upload: KeyUpload): Promise<void> {
  // On record they are deleted when the server is next reached.
  if (unlessClosed(() => isOnRecord(upload)) === false) await deleteSent(upload);
  unlessClosed(() => upload.vault.dropKey(upload.keyId));
}

/**
 * After an upload that arrived. Keys that are rotated, revoked, or removed with their server are deleted there and
 * forgotten, also while they are on their way: what arrives after that would stay for good.
 */
async function mustBeOnRecord(upload: KeyUpload): Promise<void> {
  const { vault, keyId } = upload;
  try {
    vault.requireActive(keyId);
    if (isOnRecord(upload)) return;
    throw new Failure(
      'refused',
      'The keys at the server were deleted while they were sent. No prompt was sent.',
      {
        next: 'Ask again; they are sent again while the server is in the list.',
      },
    );
  } catch (error) {
    await deleteSent(upload);
    throw error;
  }
}

/** Under a limit of its own: who asked may have stopped. Where it fails, the keys go on record again, if they can. */
async function deleteSent({ connection, vault, server, keyId }: KeyUpload): Promise<void> {
  try {
    await connection.deleteKeys(keyId, AbortSignal.timeout(deletionMs));
    unlessClosed(() => vault.recordDeletion({ server, keyId }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    unlessClosed(() => vault.recordUpload({ server, keyId }));
  }
}

function isOnRecord({ vault, server, keyId }: KeyUpload): boolean {
  return vault.uploadedTo(server).some((other) => sameKey(other, keyId));
}

/** Where the vault was closed meanwhile, the upload stays on record, and the server is asked before the key is used again. */
function unlessClosed<T>(change: () => T): T | undefined {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}
