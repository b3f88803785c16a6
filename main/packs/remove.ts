import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { packName } from './manifest.ts';

/**
 * Removes an installed pack, damaged or not. Packs outside of the profile cannot be named.
 * @throws Failure `pack` for a name that is not installed.
 */
export async function removePack(packsDir: string, name: string): Promise<void> {
  const path = join(packsDir, name);
  const there = packName.test(name) && (await stat(path).catch(() => undefined))?.isDirectory();
  if (!there) {
    throw new Failure('pack', `No pack named ${name} is installed in this profile.`, {
      next: 'Run: sotto packs list',
      reason: 'pack-missing',
    });
  }
  await rm(path, { recursive: true });
}
