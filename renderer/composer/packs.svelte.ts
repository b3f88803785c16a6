import type { PackFacts } from '../../app/contract/packs.ts';
import { api } from '../bridge/api.ts';

/** The packs that a question can be asked with. */
class Packs {
  #list = $state.raw<readonly PackFacts[]>([]);

  /** Sound ones; the one that comes with Sotto first. */
  get list(): readonly PackFacts[] {
    return this.#list;
  }

  async refresh(): Promise<void> {
    try {
      const { packs } = await api.packs.list({});
      this.#list = packs
        .filter(({ problem }) => problem === null)
        .sort((a, b) => Number(b.default) - Number(a.default));
    } catch {
      // The list stays as it was: what is wrong with a pack is said where it is used.
    }
  }
}

export const packs = new Packs();
