import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('redact', () => {
  it.each([
    ['authorization: Bearer abc', 'authorization: Bearer [redacted]'],
    ['Authorization: Basic dXNlcjpwdw', 'Authorization: Basic [redacted]'],
    ['{"token":"t0p"}', '{"token":"[redacted]"}'],
    ['api_key=xyz&q=1 rest', 'api_key=[redacted] rest'],
    ['https://ann:pw@host.example/x', 'https://[redacted]@host.example/x'],
    ['AGE-SECRET-KEY-1QQPQZ', '[redacted]'],
    ['key 000102030405060708090a0b0c0d0e0f.', 'key [redacted].'],
    ['AAAAAAAAAAAAAAAAAAAAAA== end', '[redacted] end'],
  ])('%s', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    'Could not open /home/ann/.local/share/sotto/profiles/default/vault.db: permission denied',
    'The server at https://models.example:8443 is not the one that was pinned.',
    `identity sha256:${'0f'.repeat(32)}`,
    'this-is-one-very-long-file-name-in-lower-case.onnx',
    'GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown',
  ])('leaves "%s" alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(['hex', 'base64', 'base64url'] as const)(
    'takes out random bytes in %s, wherever they stand',
    (encoding) => {
      for (let run = 0; run < 1000; run += 1) {
        const between = ['', ' ', ':', '"', '\n', '/'][run % 6];
        const secret = randomBytes(32).toString(encoding);
        expect(redact(`before${between}${secret}${between} after`)).not.toContain(secret);
      }
    },
  );

  it('changes nothing the second time', () => {
    fc.assert(fc.property(fc.string(), (text) => redact(redact(text)) === redact(text)));
  });

  it('takes time in proportion to the length', () => {
    const began = performance.now();
    for (const unit of ['a', 'f0', 'aB3', '/', '=']) redact(unit.repeat(200_000));
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
