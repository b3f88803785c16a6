import type { PackFacts } from '../../app/contract/packs.ts';
import { api } from '../bridge/api.ts';

/** The packs of this machine, for whoever shows them beside a question. */
class Packs {
  #all = $state.raw<readonly PackFacts[]>([]);
  #asking: Promise<boolean> | null = null;
  readonly #list = $derived(
    this.#all.filter(({ problem }) => problem === null).sort((a, b) => Number(b.default) - Number(a.default)),
  );

  /** Those that a question can be asked with; the one that comes with Sotto first. */
  get list(): readonly PackFacts[] {
    return this.#list;
  }

  /** Damaged ones too, as they were read last. */
  get all(): readonly PackFacts[] {
    return this.#all;
  }

  /** Reads them, once for all who ask at a time; resolves with whether they could be read. */
  refresh(): Promise<boolean> {
    return (this.#asking ??= this.#read().finally(() => (this.#asking = null)));
  }

  async #read(): Promise<boolean> {
    try {
      ({ packs: this.#all } = await api.packs.list({}));
      return true;
    } catch {
      // The list stays as it was: what is wrong with a pack is said where it is used.
      return false;
    }
  }
}

export const packs = new Packs();
