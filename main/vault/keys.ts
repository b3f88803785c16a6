/**
 * What is derived from the root key: HKDF-SHA-256 (RFC 5869), one label per purpose, so that no two purposes
 * ever share a key and learning one derived key tells nothing about another.
 *
 *     root key (32 bytes, keychain)
 *       |- lattice seed   32 bytes  salt: the key's nonce   "sotto/v1 lattice seed" NUL epoch NUL scope
 *       |- key id         16 bytes  salt: the key's nonce   "sotto/v1 key id" NUL epoch NUL scope    (public)
 *       |- database key   32 bytes  no salt                 "sotto/v1 database key"
 *       `- token wrap key 32 bytes  no salt                 "sotto/v1 token wrap key"
 *
 * The nonce is 32 random bytes made with each lattice key. It is why a root key that comes back (from a
 * backup, or with its records lost) never gives the same lattice key again: the counters of the two could repeat.
 */
import { hkdfSync } from 'node:crypto';

export const nonceBytes = 32;
export const keyIdBytes = 16;

/** What one lattice key is made for. The scope is a conversation's id, or `cli`. */
export interface LatticeKeyContext {
  readonly epoch: number;
  readonly scope: string;
  readonly nonce: Uint8Array;
}

/** 32 bytes; the caller zeroises them. */
export function deriveLatticeSeed(root: Uint8Array, context: LatticeKeyContext): Uint8Array {
  return derive(root, context.nonce, latticeInfo('lattice seed', context), 32);
}

/** 16 bytes; the name under which a server keeps the evaluation keys. */
export function deriveKeyId(root: Uint8Array, context: LatticeKeyContext): Uint8Array {
  return derive(root, context.nonce, latticeInfo('key id', context), keyIdBytes);
}

/** 32 bytes; the caller zeroises them. */
export function deriveDatabaseKey(root: Uint8Array): Uint8Array {
  return derive(root, noSalt, 'sotto/v1 database key', 32);
}

/** 32 bytes; the caller zeroises them. */
export function deriveTokenWrapKey(root: Uint8Array): Uint8Array {
  return derive(root, noSalt, 'sotto/v1 token wrap key', 32);
}

const noSalt = new Uint8Array(0);

function latticeInfo(purpose: string, { epoch, scope }: LatticeKeyContext): string {
  return `sotto/v1 ${purpose}\0${epoch}\0${scope}`;
}

function derive(root: Uint8Array, salt: Uint8Array, info: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, salt, info, bytes));
}
