/**
 * What the vault remembers: epochs, lattice keys (public id, scope, random nonce, dates), which servers hold
 * the evaluation keys of which id, and the counter. No secret is in it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import {
  asFailure,
  busyTimeoutMs,
  damaged,
  fileIdentity,
  guard,
  isBusy,
  openRecordsFile,
  openRecordsInMemory,
} from './records-file.ts';
import { Statements } from './statements.ts';

/** How long an exclusive change waits for another process's, which may wait for the keychain. */
const patienceMs = 60_000;

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
  readonly #statements: Statements;

  private constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#statements = new Statements(db);
  }

  /** Opens the file, or makes it. @throws Failure `pack` when it is damaged, foreign, or cannot be written. */
  static open(file: string): Records {
    const records = new Records(openRecordsFile(file), file);
    try {
      records.#noticeCopy();
      return records;
    } catch (error) {
      records.close();
      throw error;
    }
  }

  /** Gone with the process: nothing is written anywhere. */
  static inMemory(): Records {
    return new Records(openRecordsInMemory(), ':memory:');
  }

  /** May be called again. */
  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  /** Runs `work`; when it fails, these records are closed, for nobody else will. */
  async closeOnError<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.close();
      throw error;
    }
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

  /** All keys, oldest first; retired ones for as long as a server holds their evaluation keys. */
  keys(): LatticeKeyRecord[] {
    return this.#all('SELECT * FROM lattice_key ORDER BY created, rowid') as unknown as LatticeKeyRecord[];
  }

  /** The scopes that have a key which is not retired. */
  activeScopes(): string[] {
    return this.#all('SELECT scope FROM lattice_key WHERE retired IS NULL').map((row) =>
      String(row['scope']),
    );
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
    this.#forgetRetired();
  }

  /** Ends the epoch: every active key is retired. @returns the scopes that had one. */
  nextEpoch(now: number): string[] {
    const scopes = this.#all('UPDATE lattice_key SET retired = ? WHERE retired IS NULL RETURNING scope', now);
    this.#run('UPDATE vault SET epoch = epoch + 1');
    this.#forgetRetired();
    return scopes.map((row) => String(row['scope']));
  }

  /** Of one that is there already: it becomes the latest. */
  addUpload({ keyId, server }: Upload): void {
    this.#run('INSERT OR REPLACE INTO upload (key_id, server) VALUES (?, ?)', keyId, server);
  }

  /** @returns whether it is there; it becomes the latest. */
  renewUpload(upload: Upload): boolean {
    const { keyId, server } = upload;
    const found = this.#all('SELECT 1 FROM upload WHERE key_id = ? AND server = ?', keyId, server);
    if (found.length > 0) this.addUpload(upload);
    return found.length > 0;
  }

  removeUpload({ keyId, server }: Upload): void {
    this.#run('DELETE FROM upload WHERE key_id = ? AND server = ?', keyId, server);
    this.#forgetRetired();
  }

  /** What no server holds any more says nothing but when somebody asked something. */
  #forgetRetired(): void {
    this.#run('DELETE FROM lattice_key WHERE retired IS NOT NULL AND id NOT IN (SELECT key_id FROM upload)');
  }

  /** The latest last. */
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
   * Takes the next counter block: greater than every block taken before, and not behind the clock (`now` plus
   * this profile's secret offset), so that a file put back from a backup cannot hand out a block again. On disk
   * when it returns.
   */
  takeCounterBlock(now: number): number {
    const row = this.#one(
      'UPDATE vault SET counter_block = max(counter_block + 1, ? + clock_offset) RETURNING counter_block AS block',
      Math.floor(now),
    );
    return Number(row['block']);
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
    const deadline = Date.now() + patienceMs;
    this.#db.exec('PRAGMA busy_timeout = 0');
    try {
      for (;;) {
        try {
          this.#db.exec('BEGIN IMMEDIATE');
          return;
        } catch (error) {
          if (!isBusy(error) || Date.now() > deadline) throw asFailure(this.#file, error);
        }
        await delay(25);
      }
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
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
    guard(this.#file, () => this.#statements.of(sql).run(...values));
  }

  #all(sql: string, ...values: Value[]): Record<string, unknown>[] {
    return guard(this.#file, () => this.#statements.of(sql).all(...values));
  }

  #one(sql: string, ...values: Value[]): Record<string, unknown> {
    const [row] = this.#all(sql, ...values);
    if (row === undefined) throw damaged(this.#file, 'a part of it is missing');
    return row;
  }
}

type Value = string | number | null | Uint8Array;
