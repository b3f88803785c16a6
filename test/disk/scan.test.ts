import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createScanner, scanFolder } from './scan.ts';

const secret = 'Zoë "Quill" Ärmel/Østby 🦊';
const utf8 = Buffer.from(secret);
const find = createScanner([secret]);
/** Between random bytes, so that neither place nor neighbours matter. */
const hidden = (bytes: Buffer, before: number) =>
  Buffer.concat([randomBytes(before), bytes, randomBytes(50)]);

const encoded: readonly [string, Buffer | string][] = [
  ['utf8', utf8],
  ['utf16le', Buffer.from(secret, 'utf16le')],
  ['utf16be', Buffer.from(secret, 'utf16le').swap16()],
  ['base64', utf8.toString('base64')],
  ['base64, one byte later', Buffer.concat([Buffer.from('x'), utf8, Buffer.from('yz')]).toString('base64')],
  ['base64, two bytes later', Buffer.concat([Buffer.from('xy'), utf8, Buffer.from('z')]).toString('base64')],
  ['base64url', utf8.toString('base64url')],
  ['base64url, one byte later', Buffer.concat([Buffer.from('x'), utf8]).toString('base64url')],
  ['base64url, two bytes later', Buffer.concat([Buffer.from('xy'), utf8]).toString('base64url')],
  ['hex', utf8.toString('hex')],
  ['upper-case hex', utf8.toString('hex').toUpperCase()],
  ['URL', encodeURIComponent(secret)],
  ['URL, lower-case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['form', new URLSearchParams({ q: secret }).toString()],
  ['reversed', Array.from(secret).reverse().join('')],
  ['reversed bytes', Buffer.from(utf8).reverse()],
  ['JSON', JSON.stringify({ text: `before ${secret} after` })],
  [
    'JSON with escapes',
    JSON.stringify(secret).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  ],
  ['lower case', secret.toLowerCase()],
  ['without accents', secret.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()],
  ['gzip', gzipSync(`before ${secret} after`)],
  ['deflate', deflateSync(secret.repeat(3))],
  ['gzip of base64', gzipSync(utf8.toString('base64'))],
  ['gzip in gzip', gzipSync(Buffer.concat([Buffer.from('head'), gzipSync(secret)]))],
];

describe('the scan', () => {
  it.each(encoded)('finds a secret as %s', (_, bytes) => {
    for (const before of [0, 1, 2, 3, 1000]) {
      const found = find(hidden(Buffer.from(bytes), before));
      expect(found.map((leak) => leak.secret)).toContain(secret);
    }
  });

  it('finds what is compressed without a header at the start of a file', () => {
    expect(find(deflateRawSync(secret)).length).toBeGreaterThan(0);
  });

  it('finds nothing in random bytes', () => {
    expect(find(randomBytes(8 << 20))).toEqual([]);
  });

  const dir = mkdtempSync(join(tmpdir(), 'sotto-scan-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('says which file has which secret in which encoding, and looks at names', () => {
    mkdirSync(join(dir, 'a', 'marigold-case'), { recursive: true });
    writeFileSync(join(dir, 'a', 'clean.bin'), randomBytes(1000));
    writeFileSync(
      join(dir, 'a', 'b.log'),
      Buffer.concat([randomBytes(10), Buffer.from('bluebell', 'utf16le')]),
    );
    const leaks = scanFolder(dir, ['bluebell', 'marigold', 'absent-one']);
    expect(leaks.sort((a, b) => a.file.localeCompare(b.file))).toEqual([
      { file: join('a', 'b.log'), secret: 'bluebell', encoding: 'utf16le', offset: 10 },
      { file: join('a', 'marigold-case'), secret: 'marigold', encoding: 'name>utf8', offset: 2 },
    ]);
  });
});
