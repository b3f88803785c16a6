/** A TCP proxy that keeps every byte that passes, for looking through it afterwards. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface RecordingProxy {
  readonly address: string;
  /** Everything so far, in one direction, of all connections one after the other. */
  recorded(direction: 'sent' | 'received'): Buffer;
  close(): void;
}

export async function startRecordingProxy(serverPort: number): Promise<RecordingProxy> {
  const kept = { sent: [] as Buffer[], received: [] as Buffer[] };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const [from, to, into] of [
      [client, upstream, kept.sent],
      [upstream, client, kept.received],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        into.push(chunk);
        to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded: (direction) => Buffer.concat(kept[direction]),
    close() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
