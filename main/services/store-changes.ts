import type { StoreChange } from '../store/store.ts';
import type { StoreKeeper } from './app-context.ts';

/** Tells the changes of whichever store is open; another one is a reload. Returns how to stop. */
export function watchStore(store: StoreKeeper, tell: (change: StoreChange) => void): () => void {
  let stop: (() => void) | undefined;
  const follow = () => {
    stop?.();
    stop = store.current()?.subscribe(tell);
  };
  const stopFollowing = store.onChange(() => {
    follow();
    tell({ type: 'reload' });
  });
  follow();
  return () => {
    stopFollowing();
    stop?.();
  };
}
