/** The pack in GPT-2's shape, a real server that serves it, and an encrypted session with that server. */
import { join } from 'node:path';
import type { EncryptedMultiplier, ProductStage } from '../../main/attention/encrypted-multiplier.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import type { PackMatrix } from '../../main/packs/manifest.ts';
import { openPack } from '../../main/packs/pack.ts';
import type { Pack } from '../../main/packs/pack.ts';
import { openEncryptedSession } from '../../main/services/encrypted-session.ts';
import { openProfile } from '../../main/services/profile.ts';
import { reachServer } from '../../main/services/server-choice.ts';
import { foundVault, openVault } from '../../main/vault/open-vault.ts';
import { buildGpt2Pack } from './pack.ts';

export interface Rig {
  readonly pack: Pack;
  readonly multiplier: EncryptedMultiplier;
  readonly ledger: Ledger;
  /** Bytes of the evaluation keys that were sent. */
  readonly keyBytes: number;
  matrix(layer: number, part: 'c_attn' | 'c_proj'): PackMatrix;
  close(): Promise<void>;
}

/** @param dir an empty folder; the pack is built in it. */
export async function openRig(
  dir: string,
  onStage: (stage: ProductStage) => void = () => undefined,
): Promise<Rig> {
  const root = join(dir, 'gpt2-attention');
  await buildGpt2Pack(root);
  const pack = await openPack(root);
  const profile = openProfile('default', dir);
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: profile.name, ephemeral: true }),
  );
  const ledger = new Ledger();
  const stop = new AbortController();
  const server = await reachServer({
    ephemeral: true,
    packRoot: root,
    profile,
    ledger,
    signal: stop.signal,
  });
  try {
    const session = await openEncryptedSession({ pack, vault, server, scope: 'test', signal: stop.signal });
    const opened = await session.openMultiplier(stop.signal, onStage);
    return {
      pack,
      multiplier: opened.multiplier,
      ledger,
      keyBytes: session.keyBytes,
      matrix(layer, part) {
        const name = `h.${layer}.attn.${part}`;
        const found = pack.matrices.find((matrix) => matrix.name.endsWith(name));
        if (!found) throw new Error(`the pack has no matrix ${name}`);
        return found;
      },
      async close() {
        await opened.close();
        session.close();
        await server.close();
        vault.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
