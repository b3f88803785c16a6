import type { WebSocket } from 'ws';
import type { MessagePort } from '../../app/contract/port.ts';

/** A page that asks for more than it reads is let go at this many bytes. */
const maxUnread = 512 << 20;

/** A WebSocket as a port: one JSON text per message. What is none reaches the listener as `undefined`. */
export function openSocketPort(socket: WebSocket): MessagePort {
  // What breaks the protocol of WebSockets, or is too large, ends in a close.
  socket.on('error', () => undefined);
  return {
    post(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > maxUnread) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    onMessage(listener) {
      socket.on('message', (data, isBinary) => listener(isBinary ? undefined : parse(data)));
    },
    onClose: (listener) => void socket.once('close', listener),
  };
}

function parse(data: WebSocket.RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
}
