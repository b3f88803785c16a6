import type { MessagePort } from './port.ts';

export interface PortPair {
  readonly caller: MessagePort;
  readonly callee: MessagePort;
  close(): void;
}

/** Two ends in this process. Messages arrive in a later turn, as JSON (a WebSocket) or as clones (a process). */
export function portPair(carrier: 'json' | 'clone' = 'json'): PortPair {
  const carry = carrier === 'json' ? throughJson : structuredClone;
  const listeners: Record<'caller' | 'callee', (message: unknown) => void> = {
    caller: () => undefined,
    callee: () => undefined,
  };
  const closed: (() => void)[] = [];
  let open = true;
  const end = (own: 'caller' | 'callee', other: 'caller' | 'callee'): MessagePort => ({
    post(message) {
      const arriving: unknown = carry(message);
      setImmediate(() => {
        if (open) listeners[other](arriving);
      });
    },
    onMessage: (listener) => void (listeners[own] = listener),
    onClose: (listener) => void closed.push(listener),
  });
  return {
    caller: end('caller', 'callee'),
    callee: end('callee', 'caller'),
    close() {
      open = false;
      for (const listener of closed) listener();
    },
  };
}

function throughJson(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}
