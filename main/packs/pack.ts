/** A model pack on this machine: its client bundle, opened and verified. */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { isAbsent, openFile, unreadable, verifyFiles } from './bundle.ts';
import type { Manifest, PackMatrix } from './manifest.ts';
import { maxManifestBytes, parseManifest } from './manifest.ts';

export const clientFolder = 'client';
export const serverFolder = 'server';
export const manifestFile = 'manifest.json';

export interface Pack extends Manifest {
  /** The pack's folder; holds `client` and, where this machine may serve it, `server`. */
  readonly root: string;
  /** The client bundle's folder. */
  readonly dir: string;
  /** Length of all its files. */
  readonly bytes: number;
  /** Whether this machine has the weights of every remote matrix. */
  readonly hasLocalWeights: boolean;
}

/**
 * Opens a pack and verifies the hash of every file, each time: a time stamp proves nothing.
 * @param root the folder that holds `client`.
 * @throws Failure `pack` naming what is missing or damaged.
 */
export async function openPack(root: string, signal?: AbortSignal): Promise<Pack> {
  const pack = await readPack(root);
  await verifyFiles(pack.dir, pack.files, signal);
  return pack;
}

/** Reads a pack's manifest without verifying its files: for lists. @throws Failure `pack`. */
export async function readPack(root: string): Promise<Pack> {
  const dir = join(resolve(root), clientFolder);
  const path = join(dir, manifestFile);
  const facts = await stat(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw unreadable(path, error);
  });
  if (!facts?.isFile()) {
    throw new Failure('pack', `There is no pack at ${root}: ${clientFolder}/${manifestFile} is missing.`, {
      next: 'Name a pack folder with --pack, or run: npm run setup',
      reason: 'pack-missing',
    });
  }
  if (facts.size > maxManifestBytes) {
    throw new Failure('pack', `The manifest at ${path} is larger than a manifest can be.`, {
      reason: 'pack-damaged',
    });
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const manifest = parseManifest(text);
  return {
    ...manifest,
    root: resolve(root),
    dir,
    bytes: facts.size + manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    hasLocalWeights: manifest.matrices.every((matrix) => matrix.weights !== null && matrix.graph !== null),
  };
}

export interface MatrixWeights {
  /** [inputs][outputs] as u8: weight + `zeroPoint`. */
  readonly weights: Uint8Array;
  readonly layout: 'input-major';
  readonly zeroPoint: 128;
}

/** Reads one remote matrix's weights, for verifying its products; `null` where the pack is private. */
export async function readMatrixWeights(pack: Pack, matrix: PackMatrix): Promise<MatrixWeights | null> {
  if (matrix.weights === null) return null;
  const { file, offset, length, layout, zeroPoint } = matrix.weights;
  const handle = await openFile(pack.dir, file);
  try {
    const weights = new Uint8Array(length);
    const { bytesRead } = await handle.read(weights, 0, length, offset);
    if (bytesRead !== length)
      throw new Failure('pack', `The pack at ${pack.root} is damaged: ${file} ends early.`, {
        reason: 'pack-damaged',
      });
    return { weights, layout, zeroPoint };
  } finally {
    await handle.close();
  }
}
