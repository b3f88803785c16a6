import { expect, it } from 'vitest';
import { passphraseHint } from './passphrase-length.ts';

it.each([
  ['', 'too-short'],
  ['seven77', 'too-short'],
  ['Passw0rd!', 'short'],
  ['thirteen-char', 'short'],
  ['correct horse bat', 'fair'],
  ['correct horse battery staple', 'long'],
] as const)('"%s" is %s', (passphrase, hint) => {
  expect(passphraseHint(passphrase)).toBe(hint);
});
