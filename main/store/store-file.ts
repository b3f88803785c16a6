/**
 * The file that history and settings are in: `history.db` in the profile's folder, an SQLite file.
 *
 * Every record is encrypted (sealer.ts) before SQLite sees it. Whoever has the file without the root key sees: how
 * many conversations, messages, receipts and small records there are; random ids; which message belongs to which
 * conversation, its position, and roughly in which order records were first written; the size of each record to
 * within its bucket; and the times of the file itself. Titles, texts, roles, marks, times, pins, settings and the
 * names of settings are inside the records. Who can change the file can remove records or put an older copy of the
 * whole file back unnoticed; a record that was changed, moved or swapped is noticed.
 *
 * The connection holds the file's lock from opening to closing, and the kernel drops it with the process: a second
 * process is refused, and no stale lock file can exist. A change is on the disk when the call returns.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from '../vault/private-file.ts';
import { migrate } from './migrations.ts';
import { guard, StoreProblem } from './problems.ts';
import { applicationId, schema, schemaVersion } from './schema.ts';
import { saltBytes, Sealer } from './sealer.ts';

/** Its name in the profile's folder. */
export const storeFile = 'history.db';

/** How long opening waits for a process that is just ending. */
const busyTimeoutMs = 500;

export interface OpenFile {
  readonly db: DatabaseSync;
  readonly sealer: Sealer;
}

/**
 * Opens the file, or makes it, and brings it to the current version.
 * @throws Failure `profile-in-use`, `data-damaged`, `data-foreign` (another key), `disk-full`. The file is left as
 *   it was.
 */
export function openStoreFile(file: string, databaseKey: Uint8Array): OpenFile {
  return guard(file, () => {
    if (!existsSync(file)) create(file, databaseKey);
    const { db, version } = openLocked(file);
    try {
      const sealer = sealerOf(db, file, databaseKey);
      // Only now: changing the journal's mode writes to the file.
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
      if (version < schemaVersion) migrate(db, sealer, version);
      return { db, sealer };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** What can be said of the file without its key. */
export interface StoreFacts {
  readonly conversations: number;
  readonly messages: number;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Checks the file's structure, and changes nothing. `undefined` where there is none yet.
 * @throws Failure `profile-in-use`, `data-damaged`
 */
export function inspectStoreFile(file: string): StoreFacts | undefined {
  return guard(file, () => {
    if (!existsSync(file)) return undefined;
    const { db } = openLocked(file);
    try {
      const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
      return { conversations: count('conversation'), messages: count('message'), bytes: statSync(file).size };
    } finally {
      db.close();
    }
  });
}

/** The same tables under a random key, gone with the process. */
export function openStoreInMemory(): OpenFile {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  const sealer = writeTables(db, randomBytes(32));
  return { db, sealer };
}

/** The file with its lock, of a version that this program knows. It is changed by nothing yet. */
function openLocked(file: string): { readonly db: DatabaseSync; readonly version: number } {
  // SQLite would take an empty file for a new one.
  if (statSync(file).size === 0) throw StoreProblem.damaged(file, 'it is empty');
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    lock(db);
    return { db, version: checkFormat(db, file) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function lock(db: DatabaseSync): void {
  // Exclusive before WAL: the lock is held until closing, and no shared-memory file is needed.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON');
  db.exec('BEGIN EXCLUSIVE; COMMIT');
}

function create(file: string, databaseKey: Uint8Array): void {
  makePrivateFile(file, (draft) => {
    const db = new DatabaseSync(draft);
    try {
      db.exec('PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; PRAGMA auto_vacuum = INCREMENTAL');
      writeTables(db, databaseKey);
    } finally {
      db.close();
    }
  });
}

function writeTables(db: DatabaseSync, databaseKey: Uint8Array): Sealer {
  const salt = new Uint8Array(randomBytes(saltBytes));
  const sealer = new Sealer(databaseKey, salt);
  db.exec('BEGIN');
  db.exec(schema);
  const insert = db.prepare('INSERT INTO store (copy, salt, key_check) VALUES (?, ?, ?)');
  for (const copy of [1, 2]) insert.run(copy, salt, sealer.keyCheck);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  db.exec('COMMIT');
  return sealer;
}

function checkFormat(db: DatabaseSync, file: string): number {
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const version = Number(pragma('user_version'));
  if (pragma('application_id') !== applicationId || version < 1) {
    throw StoreProblem.damaged(file, 'it is not a history file of Sotto');
  }
  if (version > schemaVersion) throw StoreProblem.newer(file);
  if (pragma('quick_check(1)') !== 'ok') throw StoreProblem.damaged(file, 'its structure is damaged');
  return version;
}

/** The salt is kept twice: without it nothing opens. */
function sealerOf(db: DatabaseSync, file: string, databaseKey: Uint8Array): Sealer {
  const rows = db.prepare('SELECT salt, key_check FROM store ORDER BY copy').all();
  for (const { salt, key_check: keyCheck } of rows) {
    if (!(salt instanceof Uint8Array) || !(keyCheck instanceof Uint8Array)) continue;
    const sealer = new Sealer(databaseKey, salt);
    if (Buffer.from(sealer.keyCheck).equals(keyCheck)) return sealer;
  }
  throw StoreProblem.foreign(file);
}
