import { join } from 'node:path';
import type { PackPlaces } from '../packs/list.ts';
import type { Profile } from './profile.ts';

/** The default pack is built from `build/model` at set-up. */
export function packPlaces(profile: Profile): PackPlaces {
  const root = join(import.meta.dirname, '..', '..');
  return {
    defaultPack: join(root, 'native', 'target', 'packs', 'sotto-14m'),
    packsDir: profile.packsDir,
  };
}
