import type { PackFacts } from '../../app/contract/packs.ts';

export interface ChosenPack {
  readonly name: string;
  readonly state: 'sound' | 'missing' | 'damaged';
}

/** How the pack is that questions go to. @param wanted null for the one that comes with Sotto. */
export function chosenPack(packs: readonly PackFacts[], wanted: string | null): ChosenPack {
  const found = packs.find((pack) => (wanted === null ? pack.default : pack.name === wanted));
  if (!found) return { name: wanted ?? 'sotto-14m', state: 'missing' };
  return { name: found.name, state: found.problem === null ? 'sound' : 'damaged' };
}
