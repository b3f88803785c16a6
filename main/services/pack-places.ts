import { installation } from '../installation/installation.ts';
import type { PackPlaces } from '../packs/list.ts';
import type { Profile } from './profile.ts';

/** The default pack comes with Sotto; from the sources it is built at set-up. */
export function packPlaces(profile: Profile): PackPlaces {
  return { defaultPack: installation.defaultPack, packsDir: profile.packsDir };
}
