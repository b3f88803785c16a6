/** A TCP proxy that keeps back what the server says from a moment on, until the client says something more. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface HoldingProxy {
  readonly address: string;
  close(): void;
}

export interface HoldingProxyOptions {
  /** Asked before each piece from the server is passed on: whether to keep back this one and those after it. */
  readonly holds: () => Promise<boolean>;
  /** Called once, when the first piece is kept back. All are passed on when the client next sends something. */
  readonly held: () => void;
}

export async function startHoldingProxy(
  serverPort: number,
  { holds, held }: HoldingProxyOptions,
): Promise<HoldingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    const { promise: released, resolve: release } = Promise.withResolvers();
    let isHolding = false;
    client.on('data', (chunk: Buffer) => {
      if (isHolding) release(undefined);
      upstream.write(chunk);
    });
    void (async () => {
      try {
        for await (const chunk of upstream) {
          if (!isHolding && (await holds())) {
            isHolding = true;
            held();
            await released;
          }
          client.write(chunk as Buffer);
        }
      } catch {
        // The connection is gone, which the client is to see.
      }
      client.destroy();
    })();
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        release(undefined);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
