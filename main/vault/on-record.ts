/** What the records of a profile say without its root key: nothing is unlocked, and nobody is asked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { recordsFile } from './records-file.ts';
import { Records } from './records.ts';

/**
 * Whether a server holds the evaluation keys of a scope's key in use, as `Vault.isUploaded`. Records that cannot be read
 * say no: who opens the vault is told of them.
 */
export function isUploadOnRecord(profileDir: string, scope: string, server: string): boolean {
  const file = join(profileDir, recordsFile);
  if (!existsSync(file)) return false;
  try {
    const records = Records.open(file);
    try {
      const active = records.activeKey(scope);
      return records
        .uploads()
        .some((upload) => upload.server === server && active && Buffer.from(active.id).equals(upload.keyId));
    } finally {
      records.close();
    }
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
