/** Who wants to be told of a change. */
export interface Listeners<T> {
  /** Returns how to stop. */
  readonly add: (listener: (value: T) => void) => () => void;
  readonly tell: (value: T) => void;
}

export function createListeners<T>(): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(listener) {
      // Two subscriptions of one function are two.
      const own = (value: T) => listener(value);
      all.add(own);
      return () => all.delete(own);
    },
    tell(value) {
      for (const listener of [...all]) listener(value);
    },
  };
}
