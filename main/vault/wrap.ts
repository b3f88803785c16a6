/**
 * Wraps a server's bearer token for storage on disk: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D).
 * The server's address is authenticated with it, so a wrapped token cannot be moved to another server's entry.
 *
 *     version (1 byte, 1) | nonce (12) | ciphertext | tag (16)
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Failure } from '../../app/failure/failure.ts';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const options = { authTagLength: tagBytes } as const;

export function wrapToken(key: Uint8Array, server: string, token: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, options).setAAD(Buffer.from(server));
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
  return Buffer.concat([Uint8Array.of(version), nonce, sealed, cipher.getAuthTag()]);
}

/** @throws Failure `refused` when it was wrapped for another server, under another root key, or is damaged. */
export function unwrapToken(key: Uint8Array, server: string, wrapped: Uint8Array): string {
  try {
    const bytes = Buffer.from(wrapped);
    if (bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== version)
      throw new Error('not a wrapped token');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + nonceBytes), options)
      .setAAD(Buffer.from(server))
      .setAuthTag(bytes.subarray(-tagBytes));
    return (
      decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch (cause) {
    throw new Failure(
      'refused',
      `The stored token for ${server} does not open with this profile's root key.`,
      {
        next: 'Enter the token again.',
        cause,
      },
    );
  }
}
