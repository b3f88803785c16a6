/**
 * What detection remembers of texts, so that a preview does not read all of them again: what a model has read, and own
 * words in prepared detectors. It goes with the keys, with any conversation, and after a while without a text.
 */
import type { AppContext } from './app-context.ts';
import { readMs } from './reading-keeper.ts';
import { watchStore } from './store-changes.ts';

export interface TextMemory {
  /** To be called after each text. Without an open store nothing is remembered. */
  used(): void;
}

/** @param forget is called when it has to go. @param idleMs milliseconds without a text */
export function createTextMemory(
  { store, vault, signal }: Pick<AppContext, 'store' | 'vault' | 'signal'>,
  forget: () => void,
  idleMs = readMs,
): TextMemory {
  let timer: NodeJS.Timeout | undefined;
  const forgetNow = () => {
    clearTimeout(timer);
    forget();
  };
  const stopStore = watchStore(store, ({ type }) => {
    if (type !== 'changed') forgetNow();
  });
  const stopVault = vault.onChange(({ state }) => {
    if (state !== 'found') forgetNow();
  });
  const end = () => {
    stopStore();
    stopVault();
    forgetNow();
  };
  signal.addEventListener('abort', end, { once: true });
  return {
    used() {
      clearTimeout(timer);
      if (store.current()) timer = setTimeout(forget, idleMs).unref();
      else forget();
    },
  };
}
