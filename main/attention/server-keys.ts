/** Sees to it that a server holds the evaluation keys of a session key. */
import type { ServerConnection } from '../egress/connect.ts';
import type { SecretKey } from './addon.ts';

export interface EnsureKeysOptions {
  /** Called before the first byte leaves, so that the upload can be put on record. */
  readonly beforeUpload?: () => void | Promise<void>;
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Asks the server for the key id and sends the evaluation keys if it has none. Safe to repeat: they are the same
 * bytes each time.
 * @param keyId 16 bytes
 * @returns bytes of evaluation keys sent; 0 when the server had them
 * @throws Failure `server`, `cancelled`
 */
export async function ensureKeys(
  connection: Pick<ServerConnection, 'hasKeys' | 'putKeys'>,
  key: Pick<SecretKey, 'evaluationKeys'>,
  keyId: Uint8Array,
  { beforeUpload, onProgress, signal }: EnsureKeysOptions = {},
): Promise<number> {
  if (await connection.hasKeys(keyId, signal)) return 0;
  const keys = await key.evaluationKeys();
  await beforeUpload?.();
  await connection.putKeys(keyId, keys, { ...(onProgress && { onProgress }), ...(signal && { signal }) });
  return keys.length;
}
