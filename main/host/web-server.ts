/**
 * The listening half of the web host. It answers this machine alone, its own page alone, and only who knows the token
 * of this run.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { MessagePort } from '../../app/contract/port.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { PageFile } from '../page/files.ts';
import { pageHeaders } from '../page/headers.ts';
import { openSocketPort } from './socket-port.ts';

export interface WebServerOptions {
  /** 0 for any. */
  readonly port: number;
  /** 127.0.0.1 or ::1. */
  readonly listen: string;
  readonly token: string;
  readonly files: ReadonlyMap<string, PageFile>;
  /** A page connected; it is served on this port until that closes. */
  readonly onPage: (port: MessagePort) => void;
}

export interface WebServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  close(): Promise<void>;
}

// As an import it would load an HTTP client too, which takes longer than all of this program.
const { createServer } = process.getBuiltinModule('node:http');

/** The largest message of the contract is the import of a history, 256 MiB of text. */
const maxMessageBytes = 300 << 20;
/** Open pages at a time; a browser with more tabs of Sotto is not a user. */
const maxPages = 50;
const loopback = new Set(['127.0.0.1', '::1']);
const subprotocol = 'sotto.token.';

/** @throws Failure `refused` for an address that is not this machine's own, `usage` when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  if (!loopback.has(options.listen)) {
    throw new Failure('refused', `The web host listens on this machine alone, not on ${options.listen}.`, {
      next: 'Leave the address out.',
    });
  }
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 16_384 });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const authority = options.listen === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`;
  const origin = `http://${authority}`;

  server.on('request', (request, response) => answer(options.files, authority, request, response));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    // The token is checked before; the browser expects its subprotocol back.
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  server.on('upgrade', (request, socket, head) => {
    const status = refusal(request, { authority, origin, token: options.token, pages: sockets.clients.size });
    if (status !== null) return refuse(socket, status);
    sockets.handleUpgrade(request, socket, head, (page) => options.onPage(openSocketPort(page)));
  });
  return {
    origin,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([...sockets.clients].map(closeSocket));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: ReturnType<typeof createServer>, { port, listen }: WebServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Failure('usage', `The web host cannot listen on port ${port} of ${listen}.`, {
          next: 'Choose another port, or leave --port out.',
          cause: error,
        }),
      );
    });
    server.listen({ port, host: listen, exclusive: true }, resolve);
  });
}

/** A file of the list, or an error; every answer has the same headers. */
function answer(
  files: WebServerOptions['files'],
  authority: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const end = (status: number, type: string, body: Buffer | string, more: Record<string, string> = {}) => {
    response.writeHead(status, {
      ...pageHeaders,
      ...more,
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const plain = 'text/plain; charset=utf-8';
  // Another name that leads here is a foreign page that had its name resolve to this machine.
  if (request.headers.host !== authority) return end(421, plain, 'Not this host.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return end(405, plain, 'Only GET and HEAD.\n', { Allow: 'GET, HEAD' });
  }
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  // Browsers ask for it by themselves, and complain on the console where it is missing.
  if (path === '/favicon.ico' && !files.has(path)) return end(204, 'image/x-icon', '');
  const file = files.get(path);
  if (!file) return end(404, plain, 'There is no such file.\n');
  let body: Buffer;
  try {
    ({ body } = file);
  } catch {
    return end(500, plain, 'This file was removed while Sotto runs. Start it again.\n');
  }
  end(200, file.type, body);
}

interface Door {
  readonly authority: string;
  readonly origin: string;
  readonly token: string;
  readonly pages: number;
}

/** The status with which a WebSocket is refused; `null` for a page of ours. */
function refusal(request: IncomingMessage, { authority, origin, token, pages }: Door): number | null {
  if (request.url !== '/port') return 404;
  if (request.headers.host !== authority) return 421;
  if (request.headers.origin !== origin) return 403;
  const protocol = request.headers['sec-websocket-protocol'];
  if (protocol === undefined || !sameText(protocol, `${subprotocol}${token}`)) return 401;
  return pages >= maxPages ? 503 : null;
}

/** In constant time, also for texts of different length. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function refuse(socket: Duplex, status: number): void {
  const headers = Object.entries({ ...pageHeaders, 'Content-Length': '0', Connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines}\r\n`);
}

function closeSocket(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => socket.terminate(), 1000);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
    socket.close(1001);
  });
}
