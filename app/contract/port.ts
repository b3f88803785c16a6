/**
 * A contract over anything that carries messages both ways: a WebSocket, a child process, Electron's channels. One
 * protocol for all of them.
 *
 *     caller   { type: 'call' | 'stream', id, service, method, input }    { type: 'stop', id }
 *     callee   { type: 'item', id, item }                                { type: 'result', id, result }
 */
import * as v from 'valibot';
import { Failure } from '../failure/failure.ts';
import type { Transport } from './client.ts';
import type { Dispatcher } from './dispatch.ts';
import { isPlain } from './plain.ts';
import { errorOf } from './result.ts';
import { whole } from './shapes.ts';

/** One end. Messages are plain JSON, delivered in order, once each. */
export interface MessagePort {
  post(message: unknown): void;
  /** At most one listener. */
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** Requests of one port that may run at a time; a page needs a few dozen. */
const maxRunning = 1000;

const requestId = whole(0, Number.MAX_SAFE_INTEGER);
const request = v.variant('type', [
  v.strictObject({
    type: v.picklist(['call', 'stream']),
    id: requestId,
    service: v.pipe(v.string(), v.maxLength(64)),
    method: v.pipe(v.string(), v.maxLength(64)),
    input: v.unknown(),
  }),
  v.strictObject({ type: v.literal('stop'), id: requestId }),
]);
const response = v.variant('type', [
  v.strictObject({ type: v.literal('item'), id: requestId, item: v.unknown() }),
  v.strictObject({ type: v.literal('result'), id: v.nullable(requestId), result: v.unknown() }),
]);

/** Answers requests. When the port closes, what runs is stopped. */
export function servePort(port: MessagePort, dispatcher: Dispatcher): void {
  const running = new Map<number, AbortController>();
  let open = true;
  const post = (message: unknown) => {
    if (open) port.post(message);
  };
  const reject = (id: number | null, message: string) =>
    post({
      type: 'result',
      id,
      result: {
        ok: false,
        error: errorOf(new Failure('usage', message, { reason: 'invalid-request' })),
      },
    });
  port.onMessage((message) => {
    const parsed = isPlain(message) ? v.safeParse(request, message) : undefined;
    if (!parsed?.success) return reject(idOf(message), 'The message is not a request.');
    const asked = parsed.output;
    if (asked.type === 'stop') {
      running.get(asked.id)?.abort();
      return;
    }
    const { id } = asked;
    if (running.has(id)) return reject(id, 'The request id is in use.');
    if (running.size >= maxRunning) return reject(id, 'Too many requests run at once.');
    const controller = new AbortController();
    running.set(id, controller);
    void dispatcher
      .run(asked, (item) => post({ type: 'item', id, item }), controller.signal)
      .then((result) => {
        running.delete(id);
        post({ type: 'result', id, result });
      });
  });
  port.onClose(() => {
    open = false;
    for (const controller of running.values()) controller.abort();
    running.clear();
  });
}

interface Pending {
  readonly onItem: (item: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The caller's end.
 * @param lost what a request fails with when the port closes before its result.
 */
export function connectPort(port: MessagePort, lost: () => Failure): Transport {
  const pending = new Map<number, Pending>();
  let next = 0;
  let closed = false;
  port.onMessage((message) => {
    const parsed = v.safeParse(response, message);
    if (!parsed.success || parsed.output.id === null) return;
    const waiting = pending.get(parsed.output.id);
    if (!waiting) return;
    if (parsed.output.type === 'item') {
      try {
        waiting.onItem(parsed.output.item);
      } catch (error) {
        // An item that breaks the contract, or a caller that fails on it: the stream is of no use any more.
        pending.delete(parsed.output.id);
        port.post({ type: 'stop', id: parsed.output.id });
        waiting.reject(error);
      }
      return;
    }
    pending.delete(parsed.output.id);
    waiting.resolve(parsed.output.result);
  });
  port.onClose(() => {
    closed = true;
    for (const { reject } of pending.values()) reject(lost());
    pending.clear();
  });
  return {
    request({ type, service, method, input, onItem, signal }) {
      if (closed) return Promise.reject(lost());
      const id = next++;
      return new Promise((resolve, reject) => {
        const stop = () => {
          if (pending.has(id)) port.post({ type: 'stop', id });
        };
        const settled = () => signal?.removeEventListener('abort', stop);
        pending.set(id, {
          onItem,
          resolve(result) {
            settled();
            resolve(result);
          },
          reject(error) {
            settled();
            reject(error instanceof Error ? error : new Error('The port failed.'));
          },
        });
        try {
          port.post({ type, id, service, method, input });
        } catch (error) {
          // What the transport cannot carry was never sent.
          pending.delete(id);
          throw error;
        }
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

/** The id of a message that is otherwise malformed, so that its caller does not wait for ever. */
function idOf(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  const { id } = message;
  return v.is(requestId, id) ? id : null;
}
