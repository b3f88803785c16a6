import type { StreamOptions } from '../../app/contract/client.ts';
import { bridge } from './api.ts';

const pauses = [200, 500, 1000, 3000] as const;

/**
 * Follows one of the contract's `watch` streams for as long as the page lives: when the stream ends, because the
 * process behind it was restarted or the connection was lost, it subscribes again.
 * @returns a function that stops it.
 */
export function watch<Item>(
  subscribe: (input: object, options: StreamOptions<Item>) => Promise<unknown>,
  onItem: (item: Item) => void,
): () => void {
  const controller = new AbortController();
  void follow(subscribe, onItem, controller.signal);
  return () => controller.abort();
}

async function follow<Item>(
  subscribe: (input: object, options: StreamOptions<Item>) => Promise<unknown>,
  onItem: (item: Item) => void,
  signal: AbortSignal,
): Promise<void> {
  let tries = 0;
  while (!signal.aborted) {
    try {
      await subscribe(
        {},
        {
          signal,
          onItem(item) {
            tries = 0;
            onItem(item);
          },
        },
      );
    } catch {
      // Whatever ended it, the next subscription says how things are.
    }
    await pause(pauses[Math.min(tries, pauses.length - 1)] ?? 3000, signal);
    tries += 1;
  }
}

/** Ends early when the connection is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    let first = true;
    const stop = bridge.onChange((state) => {
      if (!first && state === 'open') end();
      first = false;
    });
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}
