/**
 * The root key: 32 random bytes, one per profile, and the text under which the keychain holds it.
 *
 * JavaScript strings cannot be overwritten: the text lives until the garbage collector takes it. The bytes are
 * zeroised by whoever is done with them.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { Failure } from '../../app/failure/failure.ts';

export const rootKeyBytes = 32;
const prefix = 'sotto-root-key-1:';

export function generateRootKey(): Buffer {
  return randomBytes(rootKeyBytes);
}

export function encodeRootKey(root: Uint8Array): string {
  return prefix + Buffer.from(root.buffer, root.byteOffset, root.byteLength).toString('base64url');
}

/** @throws Failure `refused` when the text is not one that `encodeRootKey` gives: nothing is made of half a key. */
export function decodeRootKey(text: string): Buffer {
  const root = Buffer.from(text.slice(prefix.length), 'base64url');
  if (root.length === rootKeyBytes && encodeRootKey(root) === text) return root;
  root.fill(0);
  throw new Failure(
    'refused',
    'The entry in the keychain is not a root key of this version of Sotto. It was not changed.',
    {
      next: 'Update Sotto, or import a backup with: sotto keys import FILE --replace',
    },
  );
}

/** A public fingerprint (16 bytes, HKDF-SHA-256) that tells whether records belong to a root key. */
export function rootCheck(root: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, new Uint8Array(0), 'sotto/v1 root check', 16));
}
