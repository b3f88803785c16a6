/**
 * The backup of a root key: an age file (https://age-encryption.org/v1) under a passphrase, which the `age`
 * command line tool reads too. Inside is one line of JSON.
 *
 * What an attacker with the file can still do is guess passphrases, at one scrypt of 2^18 each.
 */
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { armor, Decrypter, Encrypter } from 'age-encryption';
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';
import { rootKeyBytes } from './root-key.ts';

export interface Backup {
  readonly root: Buffer;
  /** When the root key was made, in milliseconds since 1970; `null` when that is not known. */
  readonly created: number | null;
}

/** A file's author chooses how much memory and time its opening takes: 2^20 is 1 GiB and some seconds. */
const maxWorkFactor = 20;
const maxFileBytes = 16 * 1024;

const Contents = v.strictObject({
  format: v.literal('sotto-root-key/1'),
  created: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  rootKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/** @throws Failure `usage` when the file exists and `force` is not set, or the passphrase is empty. */
export async function writeBackup(
  file: string,
  backup: Backup,
  passphrase: string,
  { force = false, workFactor = 18 }: { force?: boolean | undefined; workFactor?: number } = {},
): Promise<void> {
  if (passphrase === '') throw new Failure('usage', 'A backup needs a passphrase. Nothing was written.');
  const contents: v.InferOutput<typeof Contents> = {
    format: 'sotto-root-key/1',
    created: backup.created,
    rootKey: backup.root.toString('hex'),
  };
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(workFactor);
  encrypter.setPassphrase(passphrase);
  await place(file, await encrypter.encrypt(`${JSON.stringify(contents)}\n`), force);
}

/**
 * Reads what `writeBackup` wrote, or what `age -p` made of the same line, armored or not.
 * @throws Failure `usage` for a wrong passphrase or a missing file, `pack` for a file that is no such backup.
 */
export async function readBackup(file: string, passphrase: string): Promise<Backup> {
  const bytes = dearmored(await readBounded(file), file);
  checkHeader(bytes, file);
  let plain: Uint8Array;
  try {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    plain = await decrypter.decrypt(bytes);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('no identity matched')) {
      throw new Failure('usage', `The passphrase does not open ${file}. Nothing was changed.`, {
        next: 'Try again with the passphrase that was given when the backup was made.',
      });
    }
    throw notABackup(file, 'it is damaged or cut short', cause);
  }
  try {
    const contents = v.parse(Contents, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)));
    const root = Buffer.from(contents.rootKey, 'hex');
    if (root.length !== rootKeyBytes) throw new Error('length');
    return { root, created: contents.created };
  } catch {
    // The cause may quote what it could not parse, which may be a key: it ends here.
    throw notABackup(file, 'it is an age file with something else in it');
  } finally {
    plain.fill(0);
  }
}

async function readBounded(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new Failure('usage', `The backup ${file} could not be opened: ${reason(cause)}.`, { cause });
  });
  try {
    const buffer = Buffer.alloc(maxFileBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxFileBytes) throw notABackup(file, 'it is too large');
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('usage', `The backup ${file} could not be read: ${reason(cause)}.`, { cause });
  } finally {
    await handle.close();
  }
}

function dearmored(bytes: Uint8Array, file: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.trimStart().startsWith('-----BEGIN AGE ENCRYPTED FILE-----')) return bytes;
  try {
    return armor.decode(text);
  } catch (cause) {
    throw notABackup(file, 'it is damaged or cut short', cause);
  }
}

/** Looks at the header's first lines before any work is done that the file asks for. */
function checkHeader(bytes: Uint8Array, file: string): void {
  const [version, stanza = ''] = Buffer.from(bytes.subarray(0, 200)).toString('latin1').split('\n');
  if (version !== 'age-encryption.org/v1') throw notABackup(file, 'it is not an age file');
  const workFactor = /^-> scrypt [A-Za-z0-9+/]{22} ([1-9]\d?)$/.exec(stanza)?.[1];
  if (workFactor === undefined)
    throw notABackup(file, 'it was not made with a passphrase, or it is cut short');
  if (Number(workFactor) > maxWorkFactor) {
    throw notABackup(file, `its work factor is 2^${workFactor}; more than 2^${maxWorkFactor} is refused`);
  }
}

/** Writes all of it or nothing, readable by the owner alone. */
async function place(file: string, bytes: Uint8Array, force: boolean): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (force) await rename(draft, file);
    else await link(draft, file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new Failure('usage', `${file} exists already. It was not changed.`, {
        next: 'Choose another name, or pass --force to replace it.',
      });
    }
    throw new Failure('usage', `The backup ${file} could not be written: ${reason(cause)}.`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

function notABackup(file: string, why: string, cause?: unknown): Failure {
  return new Failure('pack', `${file} is not a backup that can be imported: ${why}. Nothing was changed.`, {
    cause,
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
