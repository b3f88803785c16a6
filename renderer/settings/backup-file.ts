/** The text of a backup file as the contract takes it: an armoured age file as it is, a binary one as base64. */

/** A root key in an age file takes some hundred bytes; this is what the contract carries. */
export const largestBackup = 140_000;

const armour = '-----BEGIN AGE ENCRYPTED FILE-----';

export function backupText(file: Uint8Array): string {
  const text = new TextDecoder().decode(file);
  if (text.trimStart().startsWith(armour)) return text;
  return btoa(Array.from(file, (byte) => String.fromCharCode(byte)).join(''));
}
