/** The global shortcut of the quick prompt. */
import type { ShellElectron } from './electron.ts';

export interface Shortcut {
  /** @returns `true` when another program has the keys, or they are none; there is no shortcut then. */
  readonly apply: (accelerator: string) => boolean;
}

export function createShortcut(
  { globalShortcut }: Pick<ShellElectron, 'globalShortcut'>,
  onPressed: () => void,
): Shortcut {
  return {
    apply(accelerator) {
      globalShortcut.unregisterAll();
      if (accelerator === '') return false;
      try {
        return !globalShortcut.register(accelerator, onPressed);
      } catch {
        // Electron throws for what is not an accelerator.
        return true;
      }
    },
  };
}
