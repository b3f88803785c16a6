import { expect, it } from 'vitest';
import { backupText } from './backup-file.ts';

it('takes an armoured file as it is', () => {
  const text = '\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n';
  expect(backupText(new TextEncoder().encode(text))).toBe(text);
});

it('takes a binary one as base64', () => {
  const bytes = new Uint8Array([0x61, 0x67, 0x65, 0xff, 0x00, 0x80]);
  expect(backupText(bytes)).toBe('YWdl/wCA');
});
