/**
 * The root key of a profile that keeps it under a passphrase: `root.age` in the profile's folder.
 *
 * A profile has its root key in one place. Where this file is, the keychain is not asked, whatever it may hold:
 * so an import from one place to the other is decided by one rename or one removal, and a crash before or after
 * that leaves a profile that opens.
 */
import { constants, lstatSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { draftEnding, errorCode, syncFolder, writePrivateFile } from './private-file.ts';
import type { RootPlace } from './root-place.ts';
import { maxSealedBytes, NotOpened, unsealRoot } from './sealed-root.ts';
import type { Backup } from './sealed-root.ts';

/** Its name in the profile's folder. */
const passphraseRootFile = 'root.age';
/** Characters. */
const minPassphraseLength = 8;

export class PassphraseRoot implements RootPlace {
  readonly storage = 'passphrase';
  readonly profileName: string;
  readonly file: string;

  constructor(profileDir: string, profileName: string) {
    this.profileName = profileName;
    this.file = join(profileDir, passphraseRootFile);
  }

  /** Anything of that name counts: what cannot be read now is not absent. @throws Failure `pack` when nobody can tell. */
  exists(): boolean {
    try {
      lstatSync(this.file);
      return true;
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return false;
      throw this.#unreadable(errorCode(cause), cause);
    }
  }

  /**
   * The caller zeroises the root key.
   * @throws Failure `refused` for a wrong passphrase (reason `passphrase-wrong`), `pack` for a file that is damaged
   *   (reason `data-damaged`), `cancelled`. Nothing was changed then.
   */
  async open(passphrase: string, signal?: AbortSignal): Promise<Backup> {
    const bytes = await this.#read();
    try {
      return await unsealRoot(bytes, passphrase, signal);
    } catch (error) {
      if (!(error instanceof NotOpened)) throw error;
      if (error.kind === 'unreadable') throw this.#unreadable(error.message);
      throw new Failure(
        'refused',
        'The passphrase does not open the keys of this profile. Nothing was changed.',
        {
          next: 'Try again. Without the passphrase the keys come back from a backup alone: sotto keys import FILE',
          reason: 'passphrase-wrong',
        },
      );
    }
  }

  /**
   * Puts a file in place, also of one that is there. To be called while no other process changes this profile.
   * @param sealed what `sealRoot` gave
   */
  async put(sealed: Uint8Array): Promise<void> {
    try {
      await this.#removeDrafts();
      await writePrivateFile(this.file, sealed, true);
    } catch (cause) {
      const full = errorCode(cause) === 'ENOSPC';
      throw new Failure('pack', `${this.file} could not be written: ${errorCode(cause)}. No key was made.`, {
        next: full ? 'Free some space, then try again.' : 'Check that you may write to this folder.',
        ...(full ? { reason: 'disk-full' as const } : {}),
        cause,
      });
    }
  }

  async delete(): Promise<void> {
    try {
      await rm(this.file, { force: true });
      await syncFolder(dirname(this.file));
    } catch (cause) {
      throw new Failure('pack', `${this.file} could not be deleted: ${errorCode(cause)}.`, { cause });
    }
  }

  async #read(): Promise<Uint8Array> {
    try {
      // Not waiting: a pipe of that name would keep its reader for ever.
      const handle = await open(this.file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const buffer = Buffer.alloc(maxSealedBytes + 1);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw this.#unreadable(errorCode(cause), cause);
    }
  }

  /** What a crash in the middle of `put` left behind. */
  async #removeDrafts(): Promise<void> {
    const dir = dirname(this.file);
    for (const name of await readdir(dir)) {
      if (name.startsWith(`${basename(this.file)}.`) && name.endsWith(draftEnding)) {
        await rm(join(dir, name), { force: true });
      }
    }
  }

  #unreadable(why: string, cause?: unknown): Failure {
    return new Failure(
      'pack',
      `The file of this profile's root key, ${this.file}, cannot be used: ${why}. It was not changed.`,
      {
        next: 'Put the file back from a copy, or import a backup: sotto keys import FILE --replace',
        reason: 'data-damaged',
        cause,
      },
    );
  }
}

/** @throws Failure `usage` for a passphrase that is too short to protect a key. */
export function checkNewPassphrase(passphrase: string): void {
  if ([...passphrase].length >= minPassphraseLength) return;
  throw new Failure(
    'usage',
    `A passphrase has at least ${minPassphraseLength} characters. No key was made.`,
    {
      next: 'Four or more random words are easy to keep in mind and hard to guess.',
    },
  );
}
