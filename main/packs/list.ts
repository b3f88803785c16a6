import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { readPack } from './pack.ts';
import { codeOf } from './system-error.ts';

/** A pack on this machine, or a folder that should be one and is not. */
export type ListedPack =
  | {
      readonly name: string;
      readonly path: string;
      /** Length of the client bundle's files. */
      readonly bytes: number;
      readonly default: boolean;
    }
  | { readonly path: string; readonly default: boolean; readonly problem: string };

export interface PackPlaces {
  /** The pack that comes with Sotto. */
  readonly defaultPack: string;
  /** The folder of installed packs; may be absent. */
  readonly packsDir: string;
}

/** The default pack first, then the installed ones by folder name. Their files are not verified: see `openPack`. */
export async function listPacks(places: PackPlaces): Promise<readonly ListedPack[]> {
  const installed = await installedFolders(places.packsDir);
  return Promise.all([describe(places.defaultPack, true), ...installed.map((path) => describe(path, false))]);
}

/**
 * The folder of the pack that a user names: an installed pack's or the default one's name, or a path.
 * @throws Failure `pack` listing the names that there are.
 */
export async function findPack(places: PackPlaces, wanted?: string): Promise<string> {
  if (wanted === undefined) return places.defaultPack;
  if (wanted.includes('/') || wanted.includes('\\')) return wanted;
  const packs = (await listPacks(places)).filter((pack) => 'name' in pack);
  const found = packs.find((pack) => pack.name === wanted);
  if (found) return found.path;
  throw new Failure('pack', `There is no pack named ${wanted}.`, {
    next:
      packs.length === 0 ? 'Run: npm run setup' : `There is: ${packs.map((pack) => pack.name).join(', ')}.`,
    reason: 'pack-missing',
  });
}

async function installedFolders(packsDir: string): Promise<readonly string[]> {
  const entries = await readdir(packsDir, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new Failure('pack', `The folder of installed packs cannot be read: ${packsDir}.`, { cause: error });
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(packsDir, entry.name))
    .sort();
}

async function describe(path: string, isDefault: boolean): Promise<ListedPack> {
  try {
    const pack = await readPack(path);
    return { name: pack.name, path: pack.root, bytes: pack.bytes, default: isDefault };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { path, default: isDefault, problem: error.message };
  }
}
