/**
 * What the vault remembers on disk, `vault.db` in the profile's folder: epochs, lattice keys (public id, scope,
 * random nonce, dates), which servers hold the evaluation keys of which id, and the counter. No secret is in it.
 *
 * It is an SQLite file because three properties are needed that a file of one's own gets wrong: a change
 * is complete or not there at all after a crash; it is on the disk when the call returns; and two processes never
 * work on it at once, with a lock that the kernel drops when its holder is killed (no stale lock files).
 * A damaged file is an error, never a reason to start afresh: starting afresh is the user's decision.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../app/failure/failure.ts';

const formatVersion = 1;
/** "Sott": marks the file as ours. */
const applicationId = 0x536f7474;
const shortWaitMs = 5_000;
const longWaitMs = 60_000;

const schema = `
  CREATE TABLE vault (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    file_identity TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    counter_block INTEGER NOT NULL,
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
const firstRow = 'INSERT INTO vault (one, file_identity, epoch, counter_block) VALUES (1, ?, 1, 0)';

/** Times are milliseconds since 1970. */
export interface RootRecord {
  readonly check: Uint8Array;
  /** `null` when the root key was found in the keychain without records. */
  readonly created: number | null;
}

export interface LatticeKeyRecord {
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly scope: string;
  readonly nonce: Uint8Array;
  readonly created: number;
  readonly retired: number | null;
}

/** Evaluation keys that a server holds. */
export interface Upload {
  readonly keyId: Uint8Array;
  readonly server: string;
}

export class Records {
  readonly #db: DatabaseSync;
  readonly #file: string;

  private constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
  }

  /** Opens the file, or makes it. @throws Failure `pack` when it is damaged, foreign, or cannot be written. */
  static open(file: string): Records {
    return guard(file, () => {
      if (!existsSync(file)) create(file);
      const records = new Records(connect(file), file);
      try {
        records.#checkFormat();
        records.#noticeCopy();
      } catch (error) {
        records.close();
        throw error;
      }
      return records;
    });
  }

  /** Gone with the process: nothing is written anywhere. */
  static inMemory(): Records {
    const db = connect(':memory:');
    db.exec(schema);
    db.prepare(firstRow).run('memory');
    return new Records(db, ':memory:');
  }

  /** May be called again. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /** Runs `work` as one transaction that no other process interleaves with. */
  transaction<T>(work: () => T): T {
    return guard(this.#file, () => {
      this.#db.exec('BEGIN IMMEDIATE');
      return this.#finish(work);
    });
  }

  /**
   * The same for work that waits for something else (the keychain). Another process that wants to write
   * waits meanwhile, without blocking its event loop.
   */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    await this.#beginPatiently();
    let result: T;
    try {
      result = await work();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    guard(this.#file, () => this.#db.exec('COMMIT'));
    return result;
  }

  root(): RootRecord | undefined {
    const row = this.#one('SELECT root_check AS "check", root_created AS created FROM vault');
    return row['check'] === null ? undefined : (row as unknown as RootRecord);
  }

  setRoot(root: RootRecord | undefined): void {
    this.#run(
      'UPDATE vault SET root_check = ?, root_created = ?',
      root?.check ?? null,
      root?.created ?? null,
    );
  }

  epoch(): number {
    return Number(this.#one('SELECT epoch FROM vault')['epoch']);
  }

  lastUsed(): number | null {
    return this.#one('SELECT last_used FROM vault')['last_used'] as number | null;
  }

  setLastUsed(now: number): void {
    this.#run('UPDATE vault SET last_used = ?', now);
  }

  activeKey(scope: string): LatticeKeyRecord | undefined {
    return this.#all('SELECT * FROM lattice_key WHERE scope = ? AND retired IS NULL', scope)[0] as
      LatticeKeyRecord | undefined;
  }

  /** All keys, retired ones included, oldest first. */
  keys(): LatticeKeyRecord[] {
    return this.#all('SELECT * FROM lattice_key ORDER BY created, rowid') as unknown as LatticeKeyRecord[];
  }

  isActive(keyId: Uint8Array): boolean {
    return this.#all('SELECT 1 FROM lattice_key WHERE id = ? AND retired IS NULL', keyId).length === 1;
  }

  addKey(key: Omit<LatticeKeyRecord, 'retired'>): void {
    this.#run(
      'INSERT INTO lattice_key (id, epoch, scope, nonce, created) VALUES (?, ?, ?, ?, ?)',
      ...[key.id, key.epoch, key.scope, key.nonce, key.created],
    );
  }

  retireKey(keyId: Uint8Array, now: number): void {
    this.#run('UPDATE lattice_key SET retired = ? WHERE id = ? AND retired IS NULL', now, keyId);
  }

  /** Ends the epoch: every active key is retired. @returns the scopes that had one. */
  nextEpoch(now: number): string[] {
    const scopes = this.#all('UPDATE lattice_key SET retired = ? WHERE retired IS NULL RETURNING scope', now);
    this.#run('UPDATE vault SET epoch = epoch + 1');
    return scopes.map((row) => String(row['scope']));
  }

  addUpload({ keyId, server }: Upload): void {
    this.#run('INSERT OR IGNORE INTO upload (key_id, server) VALUES (?, ?)', keyId, server);
  }

  removeUpload({ keyId, server }: Upload): void {
    this.#run('DELETE FROM upload WHERE key_id = ? AND server = ?', keyId, server);
  }

  uploads(): Upload[] {
    return this.#all('SELECT key_id AS keyId, server FROM upload ORDER BY rowid') as unknown as Upload[];
  }

  /** Evaluation keys that a server still holds though their key is retired. */
  pendingDeletions(): Upload[] {
    return this.#all(
      `SELECT key_id AS keyId, server FROM upload JOIN lattice_key ON key_id = id
       WHERE retired IS NOT NULL ORDER BY upload.rowid`,
    ) as unknown as Upload[];
  }

  /**
   * Takes the next counter block: greater than every block taken before, and at least `now`, so that a file
   * put back from a backup cannot hand out a block again. On disk when it returns.
   */
  takeCounterBlock(now: number): number {
    const row = this.#one(
      'UPDATE vault SET counter_block = max(counter_block + 1, ?) RETURNING counter_block AS block',
      Math.floor(now),
    );
    return Number(row['block']);
  }

  #checkFormat(): void {
    const found = this.#one('PRAGMA application_id')['application_id'];
    const version = Number(this.#one('PRAGMA user_version')['user_version']);
    if (found !== applicationId || version < 1) throw damaged(this.#file, 'it is not a vault file');
    if (version > formatVersion) {
      throw new Failure(
        'pack',
        `${this.#file} was written by a newer version of Sotto. It was not changed.`,
        {
          next: 'Update Sotto.',
        },
      );
    }
    const check = this.#one('PRAGMA quick_check(1)')['quick_check'];
    if (check !== 'ok') throw damaged(this.#file, 'its contents are inconsistent');
  }

  /**
   * A copy of the file (a restored backup, a profile moved to another machine) starts a new epoch: the
   * original may still be in use, or may have been used since, under the same keys.
   */
  #noticeCopy(): void {
    const identity = fileIdentity(this.#file);
    const isOriginal = () => this.#one('SELECT file_identity FROM vault')['file_identity'] === identity;
    // Asked without a lock first: another process may hold it while it waits for the keychain.
    if (isOriginal()) return;
    this.transaction(() => {
      if (isOriginal()) return;
      this.nextEpoch(Date.now());
      this.#run('UPDATE vault SET file_identity = ?', identity);
    });
  }

  async #beginPatiently(): Promise<void> {
    const deadline = Date.now() + longWaitMs;
    this.#db.exec('PRAGMA busy_timeout = 0');
    try {
      for (;;) {
        try {
          this.#db.exec('BEGIN IMMEDIATE');
          return;
        } catch (error) {
          if (resultCode(error) !== busy || Date.now() > deadline) throw translated(this.#file, error);
        }
        await delay(25);
      }
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${shortWaitMs}`);
    }
  }

  #finish<T>(work: () => T): T {
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #run(sql: string, ...values: Value[]): void {
    guard(this.#file, () => this.#db.prepare(sql).run(...values));
  }

  #all(sql: string, ...values: Value[]): Record<string, unknown>[] {
    return guard(this.#file, () => this.#db.prepare(sql).all(...values));
  }

  #one(sql: string, ...values: Value[]): Record<string, unknown> {
    const [row] = this.#all(sql, ...values);
    if (row === undefined) throw damaged(this.#file, 'a part of it is missing');
    return row;
  }
}

type Value = string | number | null | Uint8Array;

function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: shortWaitMs });
  // EXTRA: the removal of the journal reaches the disk too. With less, a power cut right after a commit may
  // take the commit back, and with it a counter that was already used.
  db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON');
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY');
  return db;
}

/** Under another name first, then linked: whoever finds the file finds it complete, also after a crash. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}.new`;
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    const db = connect(draft);
    db.exec('BEGIN');
    db.exec(schema);
    db.prepare(firstRow).run(fileIdentity(draft));
    db.exec('COMMIT');
    db.close();
    linkSync(draft, file);
  } catch (error) {
    // Another process was first: its file is as good.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Changes when a file is copied, not when it is written. */
function fileIdentity(file: string): string {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return `${ino}.${birthtimeNs}`;
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

function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(file, error);
  }
}

function translated(file: string, error: unknown): unknown {
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

function damaged(file: string, why: string): Failure {
  return new Failure(
    'pack',
    `${file} cannot be used: ${why}. It was not changed; the root key in the keychain is not affected.`,
    {
      next: 'Put the file back from a backup, or move it away: new session keys are then made under the same root key.',
    },
  );
}
