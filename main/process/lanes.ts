/**
 * Several conversations over one pipe: requests of pages go down on the lane `services`, requests of the services go
 * up on the lane `host`, and what concerns the process itself has the lane `process`. Answers use the lane of their
 * requests.
 */
import * as v from 'valibot';
import type { MessagePort } from '../../app/contract/port.ts';

export type Lane = 'services' | 'host' | 'process';

const envelope = v.strictObject({
  lane: v.picklist(['services', 'host', 'process']),
  message: v.unknown(),
});

export interface Lanes {
  lane(name: Lane): MessagePort;
  /** Takes what came out of the pipe. What is no envelope is dropped. */
  deliver(raw: unknown): void;
  /** The pipe is gone. */
  close(): void;
}

/** What arrives on a lane before somebody listens waits for its listener. */
export function createLanes(post: (raw: unknown) => void): Lanes {
  const lanes = { services: openLane(), host: openLane(), process: openLane() };
  return {
    lane: (name) => ({
      post: (message) => post({ lane: name, message }),
      onMessage: (listener) => lanes[name].listen(listener),
      onClose: (listener) => lanes[name].onClose(listener),
    }),
    deliver(raw) {
      const parsed = v.safeParse(envelope, raw);
      if (parsed.success) lanes[parsed.output.lane].deliver(parsed.output.message);
    },
    close() {
      for (const lane of Object.values(lanes)) lane.close();
    },
  };
}

function openLane() {
  let listener: ((message: unknown) => void) | undefined;
  let waiting: unknown[] = [];
  const closeListeners: (() => void)[] = [];
  return {
    deliver(message: unknown) {
      if (listener) listener(message);
      else waiting.push(message);
    },
    listen(next: (message: unknown) => void) {
      listener = next;
      const messages = waiting;
      waiting = [];
      messages.forEach(next);
    },
    onClose(next: () => void) {
      closeListeners.push(next);
    },
    close() {
      for (const closed of closeListeners) closed();
    },
  };
}
