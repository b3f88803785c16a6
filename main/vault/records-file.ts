/**
 * The file that the vault's records are in: `vault.db` in the profile's folder.
 *
 * It is an SQLite file because three properties are needed that a file format of one's own gets wrong: a
 * change is complete or not there at all after a crash; it is on the disk when the call returns; and two
 * processes never write at once, with a lock that the kernel drops when its holder is killed, so that no stale
 * lock file has to be told from a live one. A damaged file is an error, never a reason to start afresh:
 * starting afresh is the user's decision.
 */
import { randomInt } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../app/failure/failure.ts';
import { makePrivateFile } from './private-file.ts';

/** Its name in the profile's folder. */
export const recordsFile = 'vault.db';

/** How long a change waits for another process's, blocking this one. */
export const busyTimeoutMs = 5_000;

const formatVersion = 1;
/** "Sott": marks the file as ours. */
const applicationId = 0x536f7474;

const schema = `
  CREATE TABLE vault (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    file_identity TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    counter_block INTEGER NOT NULL CHECK (counter_block BETWEEN 0 AND 0x7fffffffffff),
    clock_offset INTEGER NOT NULL,
    root_check BLOB,
    root_created INTEGER,
    last_used INTEGER
  ) STRICT;
  CREATE TABLE lattice_key (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    epoch INTEGER NOT NULL,
    scope TEXT NOT NULL,
    nonce BLOB NOT NULL CHECK (length(nonce) = 32),
    created INTEGER NOT NULL,
    retired INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX one_active_key_per_scope ON lattice_key (scope) WHERE retired IS NULL;
  CREATE TABLE upload (
    key_id BLOB NOT NULL REFERENCES lattice_key (id),
    server TEXT NOT NULL,
    PRIMARY KEY (key_id, server)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`;
const firstRow =
  'INSERT INTO vault (one, file_identity, epoch, counter_block, clock_offset) VALUES (1, ?, 1, 0, ?)';

/** Opens the file, or makes it. @throws Failure `pack` when it is damaged, foreign, or cannot be written. */
export function openRecordsFile(file: string): DatabaseSync {
  return guard(file, () => {
    if (!existsSync(file)) create(file);
    const db = connect(file);
    try {
      checkFormat(db, file);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** Gone with the process: nothing is written anywhere. */
export function openRecordsInMemory(): DatabaseSync {
  const db = connect(':memory:');
  db.exec(schema);
  db.prepare(firstRow).run('memory', clockOffset());
  return db;
}

/** Added to the clock in counters, which servers see: they learn nothing about this machine's clock. Milliseconds. */
function clockOffset(): number {
  return randomInt(2 ** 40);
}

/** Changes when a file is copied, not when it is written. */
export function fileIdentity(file: string): string {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return `${ino}.${birthtimeNs}`;
}

function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  // EXTRA: the removal of the journal reaches the disk too. With less, a power cut right after a commit may
  // take the commit back, and with it a counter that was already used.
  db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON');
  // What is deleted is overwritten.
  db.exec('PRAGMA secure_delete = ON');
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY');
  return db;
}

function create(file: string): void {
  makePrivateFile(file, (draft) => {
    const db = connect(draft);
    db.exec('BEGIN');
    db.exec(schema);
    db.prepare(firstRow).run(fileIdentity(draft), clockOffset());
    db.exec('COMMIT');
    db.close();
  });
}

function checkFormat(db: DatabaseSync, file: string): void {
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const version = Number(pragma('user_version'));
  if (pragma('application_id') !== applicationId || version < 1)
    throw damaged(file, 'it is not a vault file');
  if (version > formatVersion) {
    throw new Failure('pack', `${file} was written by a newer version of Sotto. It was not changed.`, {
      next: 'Update Sotto.',
    });
  }
  if (pragma('quick_check(1)') !== 'ok') throw damaged(file, 'its contents are inconsistent');
}

// SQLite's primary result codes (https://www.sqlite.org/rescode.html).
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy;
}

/** Runs work on the file; SQLite's and the system's errors come out as a Failure that says what to do. */
export function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFailure(file, error);
  }
}

/** What to tell the user. Errors that are neither SQLite's nor the system's are defects, and stay what they are. */
export function asFailure(file: string, error: unknown): unknown {
  if (error instanceof Failure) return error;
  const code = resultCode(error);
  if (code === corrupt || code === notADatabase) return damaged(file, 'it is damaged');
  if (code === busy) {
    return new Failure('refused', `Another Sotto process is changing the keys in ${dirname(file)}.`, {
      next: 'Wait for it to finish (it may be waiting for the keychain), then try again.',
    });
  }
  if (code === undefined && !(error instanceof Error && 'syscall' in error)) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new Failure('pack', `The vault's records in ${file} could not be read or written: ${what}.`, {
    next: 'Check that the disk has room and that you may write to this folder.',
    cause: error,
  });
}

export function damaged(file: string, why: string): Failure {
  return new Failure(
    'pack',
    `${file} cannot be used: ${why}. It was not changed; the root key in the keychain is not affected.`,
    {
      next: 'Put the file back from a backup, or move it away: new session keys are then made under the same root key.',
    },
  );
}
