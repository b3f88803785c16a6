import { describe, expect, it } from 'vitest';
import { unwrapToken, wrapToken } from './wrap.ts';

const key = new Uint8Array(32).fill(7);
const server = 'https://models.example:8443';

describe('a wrapped token', () => {
  it('opens for the same server and key', () => {
    expect(unwrapToken(key, server, wrapToken(key, server, 'tökén'))).toBe('tökén');
    expect(unwrapToken(key, server, wrapToken(key, server, ''))).toBe('');
  });

  it('is different each time', () => {
    expect(wrapToken(key, server, 't')).not.toEqual(wrapToken(key, server, 't'));
  });

  it('does not open for another server, another key, or with any byte changed or missing', () => {
    const wrapped = wrapToken(key, server, 'token');
    const refused = expect.objectContaining({ code: 'refused' }) as Error;
    expect(() => unwrapToken(key, 'https://other.example', wrapped)).toThrow(refused);
    expect(() => unwrapToken(new Uint8Array(32), server, wrapped)).toThrow(refused);
    for (let at = 0; at < wrapped.length; at += 1) {
      const changed = Uint8Array.from(wrapped, (byte, i) => (i === at ? byte ^ 1 : byte));
      expect(() => unwrapToken(key, server, changed)).toThrow(refused);
      expect(() => unwrapToken(key, server, wrapped.subarray(0, at))).toThrow(refused);
    }
  });
});
