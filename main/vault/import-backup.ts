/** Puts a root key from a backup into the keychain. */
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { readBackup } from './backup.ts';
import { osKeychain } from './keychain/os-keychain.ts';
import { recordsFile } from './records-file.ts';
import { Records } from './records.ts';
import { rootCheck } from './root-key.ts';
import { RootStore } from './root-store.ts';
import type { VaultOptions } from './vault-options.ts';
import { Vault } from './vault.ts';

export interface ImportOptions extends Omit<VaultOptions, 'ephemeral'> {
  readonly file: string;
  readonly passphrase: string;
  /** Allows the loss of a different root key that the profile has now. */
  readonly replace?: boolean | undefined;
}

/**
 * It always starts a new epoch: what the backed-up profile's session keys were used for is not known here.
 * @throws Failure `usage` (wrong passphrase, no such file), `pack` (no backup), `refused` (keychain locked
 *   or unavailable, or a different root key is there and `replace` is not set). Nothing was changed then.
 */
export async function importBackup(options: ImportOptions): Promise<Vault> {
  const store = new RootStore(options.keychain ?? osKeychain(), options.profileName);
  const { root, created } = await readBackup(options.file, options.passphrase);
  try {
    // Asked before the records are opened too: nothing is written while the keychain refuses.
    await store.isPresent();
    const records = Records.open(join(options.profileDir, recordsFile));
    return await records.closeOnError(async () => {
      await records.exclusively(async () => {
        if (!options.replace && (await wouldLoseAnother(store, records, root))) throw different();
        await store.write(root);
        records.setRoot({ check: rootCheck(root), created });
        records.nextEpoch(Date.now());
      });
      return new Vault({ root: Buffer.from(root), records, store, profileName: options.profileName });
    });
  } finally {
    root.fill(0);
  }
}

/** Whether another root key is in the keychain, or belongs to these records. */
async function wouldLoseAnother(store: RootStore, records: Records, root: Buffer): Promise<boolean> {
  if ((await store.isPresent()) && !(await store.holds(root))) return true;
  const known = records.root();
  return known !== undefined && !Buffer.from(known.check).equals(rootCheck(root));
}

function different(): Failure {
  return new Failure('refused', 'This profile has a different root key. It was not replaced.', {
    next: 'Export it first (sotto keys export FILE), then import with --replace.',
  });
}
