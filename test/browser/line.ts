/**
 * The line between the browser and the host, as a proxy that the browser goes through with all that it asks: a test can
 * cut it and restore it, and the host at its other end knows nothing of that.
 *
 *     const line = await startLine();
 *     line.cut();        // what is open breaks, and nothing new gets through
 *     line.restore();
 */
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

export interface Line {
  /** `http://127.0.0.1:PORT`, for the browser's settings. */
  readonly address: string;
  cut(): void;
  restore(): void;
  close(): void;
}

export async function startLine(): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };

  // Files: the whole address stands in the request.
  const server = createServer((asked, answer) => {
    const { method, headers, url = '' } = asked;
    const onwards = request(url, { method, headers, agent: false }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onwards.on('error', () => answer.destroy());
    onwards.on('socket', keep);
    asked.pipe(onwards);
  });
  // The page's WebSocket: bytes both ways, from here on.
  server.on('connect', ({ url = '' }, browser: Socket, first: Buffer) => {
    const { hostname, port } = new URL(`http://${url}`);
    const host = connect(Number(port), hostname, () => {
      browser.write('HTTP/1.1 200 Connected\r\n\r\n');
      host.write(first);
      host.pipe(browser).pipe(host);
    });
    keep(host);
    host.on('close', () => browser.destroy());
    browser.on('close', () => host.destroy());
  });
  server.on('connection', (socket) => {
    if (isCut) socket.destroy();
    else keep(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const breakAll = () => sockets.forEach((socket) => socket.destroy());
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      breakAll();
    },
    restore() {
      isCut = false;
    },
    close() {
      server.close();
      breakAll();
    },
  };
}
