/**
 * Values that are told to a listener, as a stream that ends when the signal is aborted. For the contract's `watch`
 * methods.
 */
export async function* watch<T>(
  subscribe: (tell: (value: T) => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<T, Record<string, never>> {
  const waiting: T[] = [];
  let wake: () => void = () => undefined;
  const stop = subscribe((value) => {
    waiting.push(value);
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const value = waiting.shift();
      if (value !== undefined) {
        yield value;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal.aborted || waiting.length > 0) resolve();
      });
    }
    return {};
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}
