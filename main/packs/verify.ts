import { bytesOf, verifyFiles } from './bundle.ts';
import type { Pack } from './pack.ts';
import { readPack } from './pack.ts';
import { readServerBundle } from './server-bundle.ts';

export interface VerifiedPack {
  readonly pack: Pack;
  /** Whether the pack has its server half here, and that is right too. */
  readonly server: boolean;
  /** Files whose hash was compared, and their length. */
  readonly files: number;
  readonly bytes: number;
}

/** Gets how many bytes are done, of how many. */
export type OnProgress = (done: number, all: number) => void;

/** Verifies every file of both halves of a pack. @throws Failure `pack` naming the first that is wrong. */
export async function verifyPack(
  root: string,
  signal?: AbortSignal,
  onProgress?: OnProgress,
): Promise<VerifiedPack> {
  const pack = await readPack(root);
  const server = await readServerBundle(pack);
  const files = [...pack.files, ...(server?.files ?? [])];
  const all = bytesOf(files);
  let done = 0;
  const count = (bytes: number) => onProgress?.((done += bytes), all);
  onProgress?.(0, all);
  await verifyFiles(pack.dir, pack.files, signal, count);
  if (server) await verifyFiles(server.dir, server.files, signal, count);
  return { pack, server: server !== null, files: files.length, bytes: all };
}
