/** The keyboard map of the main window. `Mod` is the command key on a Mac and Ctrl elsewhere. */
import { untrack } from 'svelte';
import { matches } from './keys.ts';

export interface Shortcut {
  /** `Mod+Shift+K`, `?`. */
  readonly keys: string;
  /** What it does, in the user's language. */
  readonly label: () => string;
  readonly run: () => void;
  /** Where it does something now; always without it. */
  readonly when?: () => boolean;
}

class Shortcuts {
  #all = $state.raw<readonly Shortcut[]>([]);

  /** In the order in which they were registered. */
  get all(): readonly Shortcut[] {
    return this.#all;
  }

  /** @returns a function that takes them away again. */
  register(...added: readonly Shortcut[]): () => void {
    // An effect that registers does not depend on what others registered.
    const others = () => untrack(() => this.#all).filter((shortcut) => !added.includes(shortcut));
    this.#all = [...others(), ...added];
    return () => {
      this.#all = others();
    };
  }

  start(): void {
    window.addEventListener('keydown', (event) => this.#pressed(event));
  }

  #pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    // A dialog has the keyboard to itself.
    if (document.querySelector('dialog[open]')) return;
    const mac = /mac/i.test(navigator.userAgent);
    const found = this.#all.find(
      (shortcut) => matches(shortcut.keys, event, mac, isText(event.target)) && (shortcut.when?.() ?? true),
    );
    if (!found) return;
    event.preventDefault();
    found.run();
  }
}

export const shortcuts = new Shortcuts();

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
  );
}
