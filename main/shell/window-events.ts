/** What happens to the application, for one window's page to act on. */
import type { WindowEvent } from '../../app/contract/host.ts';

export interface WindowEvents {
  push(event: WindowEvent): void;
  /** What came before the page listened comes first: a link may have started the application. */
  read(signal: AbortSignal): AsyncGenerator<WindowEvent, void>;
}

/** A page that does not read loses the oldest. */
const maxWaiting = 20;

export function createWindowEvents(): WindowEvents {
  const waiting: WindowEvent[] = [];
  const readers = new Set<() => void>();
  const wake = () => {
    for (const reader of readers) reader();
    readers.clear();
  };
  return {
    push(event) {
      waiting.push(event);
      if (waiting.length > maxWaiting) waiting.shift();
      wake();
    },
    async *read(signal) {
      signal.addEventListener('abort', wake, { once: true });
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event) yield event;
        else await new Promise<void>((resolve) => readers.add(resolve));
      }
    },
  };
}
