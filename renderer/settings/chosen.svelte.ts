/** The settings as this page shows them: what is stored, with what was chosen just now over it. */
import type { Settings } from '../../app/contract/settings.ts';
import { session } from '../state/session.svelte.ts';
import { createSaver } from './saver.ts';
import type { Patch } from './saver.ts';

class Chosen {
  #pending = $state.raw<Patch>({});
  readonly #values = $derived<Settings>({ ...session.settings, ...this.#pending });
  readonly #saver = createSaver({
    async save(patch) {
      // It says itself why it could not be stored.
      if (!(await session.change(patch))) throw new Error('The settings were not stored.');
    },
    onPending: (pending) => (this.#pending = pending),
  });

  get values(): Settings {
    return this.#values;
  }

  /** The vault is closed: the defaults are shown, and nothing can be stored. */
  get closed(): boolean {
    return !session.settingsStored;
  }

  /** Replaces whole groups at once, and stores them. */
  change(patch: Patch): void {
    this.#saver.change(patch);
  }

  /** Resolves when what was chosen is stored, or was taken back. */
  settled(): Promise<void> {
    return this.#saver.settled();
  }
}

export const chosen = new Chosen();
