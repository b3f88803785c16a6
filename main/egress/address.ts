/** The address of a Sotto server, as the user writes it and as it is used. */
import { isIP } from 'node:net';
import { Failure } from '../../app/failure/failure.ts';

export interface ServerAddress {
  /** `https://host:port`, always with the port. */
  readonly url: string;
  /** Name or IP address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** `host:port`: under this name the ledger and the pin store know the server. */
  readonly peer: string;
  /** False only for cleartext on loopback. */
  readonly encrypted: boolean;
}

/**
 * Reads `https://host[:port]`, or `http://` for a loopback address where that is allowed.
 * @throws Failure `usage` for anything else, `refused` for cleartext to another machine.
 */
export function parseServerAddress(
  text: string,
  options: { readonly allowInsecureLoopback?: boolean } = {},
): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || !url.hostname) {
    throw wrongAddress('A server address looks like https://host:port.');
  }
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash) {
    throw wrongAddress('A server address has no user name, path, query or fragment.');
  }
  const encrypted = url.protocol === 'https:';
  // A resolver may send `localhost` elsewhere, so cleartext goes to the address that the name stands for.
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const host = !encrypted && name === 'localhost' ? '127.0.0.1' : name;
  if (!encrypted && !(options.allowInsecureLoopback && isLoopback(host))) {
    throw new Failure(
      'refused',
      'Without TLS (http://) only a server on this machine may be used. Nothing was sent.',
      {
        next: 'Use the https:// address of the server.',
        reason: 'insecure-address',
      },
    );
  }
  const port = url.port === '' ? (encrypted ? 443 : 80) : Number(url.port);
  const peer = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return { url: `${url.protocol}//${peer}`, host, port, peer, encrypted };
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function wrongAddress(message: string): Failure {
  return new Failure('usage', `${message} Nothing was sent.`, {
    next: 'Check the address, for example --server.',
    reason: 'address-invalid',
  });
}
