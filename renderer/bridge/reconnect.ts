/** A transport that survives its port: it opens another one, with growing pauses, until it is closed. */
import type { Transport } from '../../app/contract/client.ts';
import { connectPort } from '../../app/contract/port.ts';
import type { MessagePort } from '../../app/contract/port.ts';
import { Failure } from '../../app/failure/failure.ts';

/** `refused`: no further attempt can succeed. */
export type Connection = 'connecting' | 'open' | 'lost' | 'refused';

export interface Reconnecting {
  readonly transport: Transport;
  /** Tells the state now, and after each change. */
  onChange(listener: (state: Connection) => void): () => void;
  /** Tries at once. */
  retry(): void;
}

export interface ReconnectOptions {
  readonly open: () => Promise<MessagePort>;
  /** Whether an error of `open` is for good. */
  readonly final: (error: unknown) => boolean;
  readonly wait: (ms: number) => Promise<void>;
}

const pauses = [250, 500, 1000, 2000, 4000] as const;

export function createReconnecting({ open, final, wait }: ReconnectOptions): Reconnecting {
  const listeners = new Set<(state: Connection) => void>();
  let state: Connection = 'connecting';
  let wake: () => void = () => undefined;
  let current: Promise<Transport> = Promise.reject<Transport>(lost());
  current.catch(() => undefined);

  const become = (next: Connection) => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener(next);
  };

  const attempt = async (): Promise<Transport> => {
    const port = await open();
    const closed = new Promise<void>((resolve) => {
      const transport = connectPort(
        {
          post: (message) => port.post(message),
          onMessage: (listener) => port.onMessage(listener),
          onClose: (listener) =>
            port.onClose(() => {
              listener();
              resolve();
            }),
        },
        lost,
      );
      current = Promise.resolve(transport);
    });
    become('open');
    void closed.then(() => {
      become('lost');
      begin();
    });
    return current;
  };

  const begin = () => {
    const first = attempt();
    if (state === 'connecting') current = first;
    else current = Promise.reject<Transport>(lost());
    current.catch(() => undefined);
    first.catch((error: unknown) => void persist(error));
  };

  const persist = async (error: unknown) => {
    for (let tries = 0; ; tries += 1) {
      if (final(error)) return become('refused');
      become('lost');
      await Promise.race([
        wait(pauses[Math.min(tries, pauses.length - 1)] ?? 4000),
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
      ]);
      try {
        await attempt();
        return;
      } catch (again) {
        error = again;
      }
    }
  };

  begin();
  return {
    transport: {
      async request(request) {
        let transport: Transport;
        try {
          transport = await current;
        } catch {
          throw lost();
        }
        return transport.request(request);
      },
    },
    onChange(listener) {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
    retry: () => wake(),
  };
}

function lost(): Failure {
  return new Failure('pack', 'This window lost its connection to Sotto on this machine.', {
    reason: 'bridge-lost',
    next: 'Wait a moment and try again. If it stays so, start Sotto again.',
  });
}
