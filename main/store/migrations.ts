/**
 * Brings a file of an older version to the current one: step by step, in one transaction, so that a crash leaves the
 * file as it was. A record that does not open is left as it is and stays unreadable.
 */
import type { DatabaseSync } from 'node:sqlite';
import { schemaVersion } from './schema.ts';
import { DamagedRecord } from './sealer.ts';
import type { Place, Sealer } from './sealer.ts';

type Step = (db: DatabaseSync, sealer: Sealer) => void;

/** By the version that they start from. */
const steps: ReadonlyMap<number, Step> = new Map([[1, splitReceipts]]);

export function migrate(db: DatabaseSync, sealer: Sealer, from: number): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (let version = from; version < schemaVersion; version += 1) steps.get(version)?.(db, sealer);
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/**
 * 1 to 2: the receipt of an answer, which is long, gets a record of its own, so that lists, search and the next
 * question read texts alone; conversations get `pinned`.
 */
function splitReceipts(db: DatabaseSync, sealer: Sealer): void {
  db.exec(`CREATE TABLE receipt (
    message TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT`);
  reseal(
    db,
    sealer,
    'conversation',
    'id',
    ({ id }) => [String(id)],
    (value) => ({ ...value, pinned: false }),
  );
  reseal(
    db,
    sealer,
    'entry',
    'id',
    ({ id }) => [hex(id)],
    (value) => value,
  );
  const insert = db.prepare('INSERT INTO receipt (message, sealed) VALUES (?, ?)');
  reseal(
    db,
    sealer,
    'message',
    'id, conversation, position',
    ({ id, conversation, position }) => [String(id), String(conversation), Number(position)],
    ({ record, ...message }, { id }) => {
      const answer = String(id);
      if (record) insert.run(answer, sealer.seal(2, ['receipt', answer], record));
      return message;
    },
  );
}

type Row = Readonly<Record<string, unknown>>;

/** Seals every record of a table anew, under the next version. */
function reseal(
  db: DatabaseSync,
  sealer: Sealer,
  table: string,
  columns: string,
  placeOf: (row: Row) => (string | number)[],
  change: (value: Row, row: Row) => Row,
): void {
  const select = db.prepare(
    `SELECT rowid AS row, sealed, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT 1`,
  );
  const update = db.prepare(`UPDATE ${table} SET sealed = ? WHERE rowid = ?`);
  for (let row = select.get(Number.MIN_SAFE_INTEGER); row; row = select.get(Number(row['row']))) {
    const place: Place = [table, ...placeOf(row)];
    const value = tryOpen(sealer, place, row['sealed']);
    if (value) update.run(sealer.seal(2, place, change(value, row)), Number(row['row']));
  }
}

function tryOpen(sealer: Sealer, place: Place, sealed: unknown): Row | undefined {
  try {
    return sealer.open(1, place, sealed as Uint8Array) as Row;
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

function hex(id: unknown): string {
  return Buffer.from(id as Uint8Array).toString('hex');
}
