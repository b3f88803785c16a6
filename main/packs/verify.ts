import type { Pack } from './pack.ts';
import { openPack } from './pack.ts';
import { readServerBundle } from './server-bundle.ts';

export interface VerifiedPack {
  readonly pack: Pack;
  /** Whether the pack has its server half here, and that is right too. */
  readonly server: boolean;
}

/** Verifies every file of both halves of a pack. @throws Failure `pack` naming the first that is wrong. */
export async function verifyPack(root: string, signal?: AbortSignal): Promise<VerifiedPack> {
  const pack = await openPack(root, signal);
  return { pack, server: (await readServerBundle(pack, signal)) !== null };
}
