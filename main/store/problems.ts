/** What can be wrong with the store, in words: what happened, what was not lost, what to do. */
import { dirname } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';

export const StoreProblem = {
  damaged: (file: string, why: string) =>
    new Failure('pack', `The history in ${file} cannot be used: ${why}. The file was left as it is.`, {
      reason: 'data-damaged',
      next: 'Put the file back from a backup of the disk, or let Sotto set it aside and begin a new history.',
      facts: { path: file },
    }),
  foreign: (file: string) =>
    new Failure(
      'pack',
      `The history in ${file} was written with another root key. The file was left as it is.`,
      {
        reason: 'data-foreign',
        next: 'Import the backup of that root key, or let Sotto set the file aside and begin a new history.',
        facts: { path: file },
      },
    ),
  newer: (file: string) =>
    new Failure('pack', `${file} was written by a newer version of Sotto. It was not changed.`, {
      next: 'Update Sotto.',
      facts: { path: file },
    }),
  inUse: (file: string) =>
    new Failure('refused', `Another Sotto is using the profile in ${dirname(file)}. Nothing was changed.`, {
      reason: 'profile-in-use',
      next: 'Use the Sotto that is running, or close it and try again.',
      facts: { path: dirname(file) },
    }),
  diskFull: (file: string, cause: unknown) =>
    new Failure(
      'pack',
      `The disk with ${dirname(file)} is full. The last change was not written; what was there before is unharmed.`,
      {
        reason: 'disk-full',
        next: 'Make room on the disk, then try again.',
        facts: { path: dirname(file) },
        cause,
      },
    ),
  damagedRecord: (what: string) =>
    new Failure('pack', `${what} is damaged on the disk and cannot be read. Everything else is unharmed.`, {
      reason: 'data-damaged',
    }),
  closed: () => new Failure('refused', 'The history is closed.'),
};

// SQLite's primary result codes (https://www.sqlite.org/rescode.html).
const busy = 5;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** Runs work on the file; SQLite's and the system's errors come out as a Failure that says what to do. */
export function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFailure(file, error);
  }
}

/** Errors that are neither SQLite's nor the system's are defects, and stay what they are. */
function asFailure(file: string, error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error;
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  if (code === corrupt || code === notADatabase) return StoreProblem.damaged(file, 'it is damaged');
  if (code === busy) return StoreProblem.inUse(file);
  if (code === full || ('code' in error && error.code === 'ENOSPC'))
    return StoreProblem.diskFull(file, error);
  if (code === undefined && !('syscall' in error)) return error;
  return new Failure('pack', `The history in ${file} could not be read or written: ${error.message}.`, {
    next: 'Check that the disk has room and that you may write to this folder.',
    facts: { path: file },
    cause: error,
  });
}
