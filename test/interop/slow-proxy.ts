/** A TCP line in front of a server that passes so many bytes a second towards the client, and counts them. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface SlowProxy {
  readonly port: number;
  /** Bytes that came from the server, over all connections. */
  received(): number;
  /** Passes nothing towards the client, until `resume`. */
  pause(): void;
  resume(): void;
  /** Breaks all connections. */
  close(): void;
}

const tickMs = 20;

/** @param bytesPerSecond of each connection */
export async function startSlowProxy(serverPort: number, bytesPerSecond: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let received = 0;
  let isPaused = false;
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    let room = 0;
    const timer = setInterval(() => {
      if (isPaused) return;
      room = (bytesPerSecond * tickMs) / 1000;
      upstream.resume();
    }, tickMs);
    upstream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      room -= chunk.length;
      client.write(chunk);
      if (room <= 0 || isPaused) upstream.pause();
    });
    client.on('data', (chunk: Buffer) => upstream.write(chunk));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay();
      from.on('error', () => to.destroy());
      from.on('close', () => {
        clearInterval(timer);
        sockets.delete(from);
        to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
