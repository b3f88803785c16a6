/** The backup of a root key: a file, or its armored text, under a passphrase of its own (`sealed-root.ts`). */
import { open } from 'node:fs/promises';
import { Failure } from '../../app/failure/failure.ts';
import { errorCode, writePrivateFile } from './private-file.ts';
import { maxSealedBytes, NotOpened, sealRoot, unsealRoot } from './sealed-root.ts';
import type { Backup, SealOptions } from './sealed-root.ts';

export type { Backup } from './sealed-root.ts';

export interface WriteOptions extends SealOptions {
  /** Overwrites a file that is there. */
  readonly force?: boolean | undefined;
}

/** @throws Failure `usage` when the file exists and `force` is not set, or the passphrase is empty; `cancelled`. */
export async function writeBackup(
  file: string,
  backup: Backup,
  passphrase: string,
  { force = false, ...options }: WriteOptions = {},
): Promise<void> {
  const bytes = await sealed(backup, passphrase, options);
  try {
    await writePrivateFile(file, bytes, force);
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') {
      throw new Failure('usage', `${file} exists already. It was not changed.`, {
        next: 'Choose another name, or pass --force to replace it.',
      });
    }
    if (errorCode(cause) === 'ENOSPC') {
      throw new Failure('pack', `There is no room on the disk for the backup ${file}.`, {
        next: 'Free some space, then export again.',
        reason: 'disk-full',
        cause,
      });
    }
    throw new Failure('usage', `The backup ${file} could not be written: ${errorCode(cause)}.`, {
      next: 'Choose a folder that is there and that you may write to.',
      cause,
    });
  }
}

/** The same file as armored text. @throws Failure `usage` when the passphrase is empty; `cancelled`. */
export async function backupText(
  backup: Backup,
  passphrase: string,
  options: SealOptions = {},
): Promise<string> {
  const { armor } = await import('age-encryption');
  return armor.encode(await sealed(backup, passphrase, options));
}

async function sealed(backup: Backup, passphrase: string, options: SealOptions): Promise<Uint8Array> {
  if (passphrase === '') throw new Failure('usage', 'A backup needs a passphrase. Nothing was written.');
  return await sealRoot(backup, passphrase, options);
}

/** @throws as `openBackup`; Failure `usage` for a missing file. */
export async function readBackup(file: string, passphrase: string, signal?: AbortSignal): Promise<Backup> {
  return await openBackup(await readBounded(file), passphrase, file, signal);
}

/**
 * Takes what `readBackup` takes, as armored text or as base64 of the file.
 * @throws as `openBackup`
 */
export async function readBackupText(
  text: string,
  passphrase: string,
  signal?: AbortSignal,
): Promise<Backup> {
  const isArmored = text.trimStart().startsWith('-----BEGIN');
  return await openBackup(Buffer.from(text, isArmored ? 'latin1' : 'base64'), passphrase, undefined, signal);
}

/**
 * @param file what to call it; nothing for a text
 * @throws Failure `usage` for a wrong passphrase (reason `passphrase-wrong`), `pack` for a file that is no such backup
 *   (reason `backup-unreadable`), `cancelled`
 */
async function openBackup(
  bytes: Uint8Array,
  passphrase: string,
  file: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Backup> {
  try {
    return await unsealRoot(bytes, passphrase, signal);
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error;
    const name = file ?? 'This';
    if (error.kind === 'unreadable') throw notABackup(name, error.message);
    throw new Failure('usage', `The passphrase does not open ${file ?? 'the backup'}. Nothing was changed.`, {
      next: 'Try again with the passphrase that was given when the backup was made.',
      reason: 'passphrase-wrong',
    });
  }
}

async function readBounded(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new Failure('usage', `The backup ${file} could not be opened: ${errorCode(cause)}.`, { cause });
  });
  try {
    const buffer = Buffer.alloc(maxSealedBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new Failure('usage', `The backup ${file} could not be read: ${errorCode(cause)}.`, { cause });
  } finally {
    await handle.close();
  }
}

function notABackup(name: string, why: string): Failure {
  return new Failure('pack', `${name} is not a backup that can be imported: ${why}. Nothing was changed.`, {
    reason: 'backup-unreadable',
  });
}
