/**
 * A root key under a passphrase: an age file (https://age-encryption.org/v1) with one line of JSON in it, which the
 * `age` command line tool reads too. A backup is one, and so is `root.age` of a profile without a keychain.
 *
 * What an attacker with the file can still do is guess passphrases, at one scrypt of 2^18 each.
 */
import * as v from 'valibot';
import {
  decryptWithPassphrase,
  defaultWorkFactor,
  encryptWithPassphrase,
  maxWorkFactor,
} from './passphrase-cipher.ts';
import { rootKeyBytes } from './root-key.ts';

export interface Backup {
  readonly root: Buffer;
  /** When the root key was made, in milliseconds since 1970; `null` when that is not known. */
  readonly created: number | null;
}

/** No file of a root key is longer. */
export const maxSealedBytes = 16 * 1024;

const Contents = v.strictObject({
  format: v.literal('sotto-root-key/1'),
  created: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  rootKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

export interface SealOptions {
  /** log2 of scrypt's N. */
  readonly workFactor?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws Failure `cancelled`. */
export async function sealRoot(
  backup: Backup,
  passphrase: string,
  { workFactor = defaultWorkFactor, signal }: SealOptions = {},
): Promise<Uint8Array> {
  const contents: v.InferOutput<typeof Contents> = {
    format: 'sotto-root-key/1',
    created: backup.created,
    rootKey: backup.root.toString('hex'),
  };
  const plain = new TextEncoder().encode(`${JSON.stringify(contents)}\n`);
  try {
    return await encryptWithPassphrase(plain, passphrase, workFactor, signal);
  } finally {
    plain.fill(0);
  }
}

/** Why a file did not open: another passphrase, or it is none that `sealRoot` makes. */
export class NotOpened extends Error {
  readonly kind: 'passphrase' | 'unreadable';

  constructor(kind: 'passphrase' | 'unreadable', why: string) {
    super(why);
    this.kind = kind;
  }
}

/**
 * Opens what `sealRoot` wrote, or what `age -p` made of the same line, armored or not.
 * @throws NotOpened; Failure `cancelled`.
 */
export async function unsealRoot(
  file: Uint8Array,
  passphrase: string,
  signal?: AbortSignal,
): Promise<Backup> {
  if (file.length > maxSealedBytes) throw unreadable('it is too large');
  const bytes = await dearmored(file);
  checkHeader(bytes);
  const plain = await decryptWithPassphrase(bytes, passphrase, signal);
  if (plain === 'passphrase') throw new NotOpened('passphrase', 'the passphrase does not open it');
  if (plain === 'damaged') throw unreadable('it is damaged or cut short');
  try {
    const contents = v.parse(Contents, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)));
    const root = Buffer.from(contents.rootKey, 'hex');
    if (root.length !== rootKeyBytes) throw new Error('length');
    return { root, created: contents.created };
  } catch {
    // The cause may quote what it could not parse, which may be a key: it ends here.
    throw unreadable('it is an age file with something else in it');
  } finally {
    plain.fill(0);
  }
}

async function dearmored(bytes: Uint8Array): Promise<Uint8Array> {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.trimStart().startsWith('-----BEGIN AGE ENCRYPTED FILE-----')) return bytes;
  // Loaded when it is needed: few starts of the program are.
  const { armor } = await import('age-encryption');
  try {
    return armor.decode(text);
  } catch {
    throw unreadable('it is damaged or cut short');
  }
}

/** Looks at the header's first lines before any work is done that the file asks for. */
function checkHeader(bytes: Uint8Array): void {
  const [version, stanza = ''] = Buffer.from(bytes.subarray(0, 200)).toString('latin1').split('\n');
  if (version !== 'age-encryption.org/v1') throw unreadable('it is not an age file');
  const workFactor = /^-> scrypt [A-Za-z0-9+/]{22} ([1-9]\d?)$/.exec(stanza)?.[1];
  if (workFactor === undefined) throw unreadable('it was not made with a passphrase, or it is cut short');
  if (Number(workFactor) > maxWorkFactor) {
    throw unreadable(`its work factor is 2^${workFactor}; more than 2^${maxWorkFactor} is refused`);
  }
}

function unreadable(why: string): NotOpened {
  return new NotOpened('unreadable', why);
}
