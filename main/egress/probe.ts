/** A first look at a server, before or after gRPC: is it there, and which certificate does it show. */
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Failure } from '../../app/failure/failure.ts';
import type { ServerAddress } from './address.ts';
import type { Pin } from './pins.ts';

/**
 * The certificate that the server shows, whoever it may be. Sends nothing but a TLS handshake.
 * @throws Failure `server` with what went wrong, `cancelled`
 */
export async function probeCertificate(address: ServerAddress, limit: ProbeLimit): Promise<Pin> {
  const { host, port } = address;
  // Which certificate it is, is exactly the question: the channel that sends data insists on the answer.
  const socket = connectTls({
    // A socket of its own, because the ledger notices TCP sockets.
    socket: connectTcp({ host, port }),
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['h2'],
    ...(isIP(host) ? {} : { servername: host }),
  });
  return established(socket, 'secureConnect', address, limit, (connected: TLSSocket) => {
    const certificate = connected.getPeerX509Certificate();
    if (!certificate || connected.alpnProtocol !== 'h2') throw notSotto(address);
    return { pem: certificate.toString(), fingerprint256: certificate.fingerprint256 };
  });
}

/** Whether anything listens at a cleartext address. @throws Failure like `probeCertificate` */
export async function probePort(address: ServerAddress, limit: ProbeLimit): Promise<void> {
  const socket = connectTcp({ host: address.host, port: address.port });
  return established(socket, 'connect', address, limit, () => undefined);
}

export interface ProbeLimit {
  /** Milliseconds. */
  readonly connectMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits for `event` and reads something from the socket, which is closed in any case. */
function established<S extends Socket, T>(
  socket: S,
  event: 'connect' | 'secureConnect',
  address: ServerAddress,
  limit: ProbeLimit,
  read: (socket: S) => T,
): Promise<T> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(new Failure('cancelled', 'Stopped. Nothing was sent.'));
    const timer = setTimeout(() => reject(tooLate(address)), limit.connectMs);
    limit.signal?.addEventListener('abort', onAbort, { once: true });
    if (limit.signal?.aborted) onAbort();
    socket.once('error', (error) => reject(unreachable(address, error)));
    socket.once('close', () => {
      clearTimeout(timer);
      limit.signal?.removeEventListener('abort', onAbort);
      reject(notSotto(address));
    });
    socket.once(event, () => resolve());
  })
    .then(() => read(socket))
    .finally(() => socket.destroy());
}

/** The server was there, and then said nothing. */
export function tooLate(address: ServerAddress): Failure {
  return new Failure('server', `The server at ${address.url} did not answer in time. Nothing was sent.`, {
    next: 'Check the network and the address, then try again.',
    reason: 'server-unreachable',
    facts: { address: address.url },
  });
}

function unreachable(address: ServerAddress, error: NodeJS.ErrnoException): Failure {
  const { message, next } = unreachableText(address, error.code ?? '');
  return new Failure('server', `${message} Nothing was sent.`, {
    next,
    cause: error,
    reason: 'server-unreachable',
    facts: { address: address.url },
  });
}

function unreachableText(
  address: ServerAddress,
  code: string,
): { readonly message: string; readonly next: string } {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `The name ${address.host} is not known to the network.`,
        next: 'Check the address and the network, then try again.',
      };
    case 'ECONNREFUSED':
      return {
        message: `No server listens at ${address.url}.`,
        next: 'Check that the server is running, and the port of its address.',
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        message: `The server at ${address.url} cannot be reached.`,
        next: 'Check the network, then try again.',
      };
    default:
      return {
        message: `What answers at ${address.url} does not speak ${address.encrypted ? 'TLS 1.3' : 'HTTP/2'} as a Sotto server does (${code || 'no reason given'}).`,
        next: 'Check the address and the port.',
      };
  }
}

function notSotto(address: ServerAddress): Failure {
  return new Failure('server', `What answers at ${address.url} is not a Sotto server. Nothing was sent.`, {
    next: 'Check the address and the port.',
    reason: 'server-unreachable',
    facts: { address: address.url },
  });
}
