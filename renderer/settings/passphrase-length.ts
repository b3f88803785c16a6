/** A hint on a new passphrase by its length alone: a meter that counts kinds of characters teaches `Passw0rd!`. */
export const leastPassphrase = 8;

export type PassphraseHint = 'too-short' | 'short' | 'fair' | 'long';

/** Counts characters as people do, so that an accent or a picture is one. */
export function passphraseHint(passphrase: string): PassphraseHint {
  const length = [...passphrase.normalize('NFC')].length;
  if (passphrase.length < leastPassphrase) return 'too-short';
  if (length < 14) return 'short';
  return length < 24 ? 'fair' : 'long';
}
