/** Notices every TCP socket that this process opens to a server, whichever library opens it. */
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { ServerAddress } from './address.ts';
import type { Ledger } from './ledger.ts';

/**
 * Has `ledger` count the sockets that connect to the address from now on.
 * @returns how to stop noticing new ones; sockets already noticed stay counted
 */
export function watchSockets(address: ServerAddress, ledger: Ledger): () => void {
  // Node publishes each client socket here before it connects.
  const opened = channel('net.client.socket');
  const notice = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('connect', () => {
      if (socket.remotePort === address.port) ledger.watch(socket);
    });
  };
  opened.subscribe(notice);
  return () => opened.unsubscribe(notice);
}
