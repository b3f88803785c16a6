/**
 * Encryption of single records: AES-256-GCM under a key of this file alone, with a random nonce for each sealing
 * (NIST SP 800-38D allows 2^32 of them under one key) and the record's place as associated data, so that a record
 * opens in its own place only: one that was moved or swapped with another does not open.
 *
 *     sealed = nonce (12) || ciphertext || tag (16)
 *     plaintext = length (4, little-endian) || JSON (UTF-8) || zeros up to the bucket
 *
 * Buckets are powers of two from 256 bytes on, and multiples of 64 KiB above: a length tells no more than that.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Where a record stands: its table, and the columns that say whose it is. */
export type Place = readonly [table: string, ...columns: (string | number)[]];

/** A record that does not open: changed, moved, or sealed under another key. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

export const saltBytes = 16;
const keyCheckBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const lengthBytes = 4;
const smallestBucket = 256;
const largestPower = 64 * 1024;

/** The keys of one file: HKDF-SHA-256 of the database key with the file's salt, one label per purpose. */
export class Sealer {
  /** Public: tells whether a key is the one that a file was written with. */
  readonly keyCheck: Uint8Array;
  readonly #records: KeyObject;
  readonly #names: KeyObject;

  constructor(databaseKey: Uint8Array, salt: Uint8Array) {
    const derive = (purpose: string, bytes: number) =>
      new Uint8Array(hkdfSync('sha256', databaseKey, salt, `sotto/v1 store ${purpose}`, bytes));
    this.keyCheck = derive('key check', keyCheckBytes);
    this.#records = secretKey(derive('records', 32));
    this.#names = secretKey(derive('names', 32));
  }

  /** @param version the schema version that the value's shape is of. */
  seal(version: number, place: Place, value: unknown): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#records, nonce);
    cipher.setAAD(associatedData(version, place));
    const plaintext = pad(JSON.stringify(value));
    const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    plaintext.fill(0);
    return sealed;
  }

  /** @throws DamagedRecord */
  open(version: number, place: Place, sealed: Uint8Array): unknown {
    if (sealed.length < nonceBytes + lengthBytes + tagBytes)
      throw new DamagedRecord('The record is cut off.');
    const decipher = createDecipheriv('aes-256-gcm', this.#records, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(associatedData(version, place));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const plaintext = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      throw new DamagedRecord('The record does not open.');
    }
    const json = plaintext.toString('utf8', lengthBytes, lengthBytes + plaintext.readUInt32LE(0));
    plaintext.fill(0);
    return JSON.parse(json);
  }

  /** The row id of an entry: 16 bytes that tell nothing of its name. */
  nameId(name: string): Uint8Array {
    return new Uint8Array(createHmac('sha256', this.#names).update(name).digest().subarray(0, 16));
  }
}

/** The size of the plaintext of a record, bytes. */
export function bucketOf(jsonBytes: number): number {
  const needed = jsonBytes + lengthBytes;
  if (needed > largestPower) return Math.ceil(needed / largestPower) * largestPower;
  let bucket = smallestBucket;
  while (bucket < needed) bucket *= 2;
  return bucket;
}

function pad(json: string): Buffer {
  const length = Buffer.byteLength(json);
  const plaintext = Buffer.alloc(bucketOf(length));
  plaintext.writeUInt32LE(length, 0);
  plaintext.write(json, lengthBytes);
  return plaintext;
}

function associatedData(version: number, place: Place): Buffer {
  return Buffer.from(JSON.stringify(['sotto/store', version, ...place]));
}

function secretKey(bytes: Uint8Array): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
