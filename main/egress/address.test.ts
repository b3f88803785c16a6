import { describe, expect, it } from 'vitest';
import { parseServerAddress } from './address.ts';

describe('a server address', () => {
  it('is https with a host and perhaps a port', () => {
    expect(parseServerAddress('https://fhe.example.org')).toEqual({
      url: 'https://fhe.example.org:443',
      host: 'fhe.example.org',
      port: 443,
      peer: 'fhe.example.org:443',
      encrypted: true,
    });
    expect(parseServerAddress('https://[::1]:7433').peer).toBe('[::1]:7433');
  });

  it('may be http on loopback alone, and only where that is allowed', () => {
    for (const address of [
      'http://127.0.0.1:7433',
      'http://127.9.9.9:1',
      'http://[::1]:7433',
      'http://localhost:80',
    ]) {
      expect(parseServerAddress(address, { allowInsecureLoopback: true }).encrypted).toBe(false);
      expect(() => parseServerAddress(address)).toThrow(expect.objectContaining({ code: 'refused' }));
    }
    for (const address of [
      'http://10.0.0.1:7433',
      'http://127.example.org',
      'http://localhost.example.org',
    ]) {
      const parse = () => parseServerAddress(address, { allowInsecureLoopback: true });
      expect(parse, address).toThrow(expect.objectContaining({ code: 'refused' }));
    }
  });

  it('does not leave to a resolver where cleartext to `localhost` goes', () => {
    expect(parseServerAddress('http://localhost:7433', { allowInsecureLoopback: true }).host).toBe(
      '127.0.0.1',
    );
  });

  it.each([
    '',
    'fhe.example.org',
    'fhe.example.org:7433',
    'grpc://fhe.example.org',
    'https://',
    'https://user:secret@fhe.example.org',
    'https://fhe.example.org/path',
    'https://fhe.example.org?query',
    'https://fhe.example.org:70000',
  ])('is not %j', (address) => {
    expect(() => parseServerAddress(address)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
