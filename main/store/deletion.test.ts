import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatabaseSync } from 'node:sqlite';
import { Shelf } from './shelf.ts';
import { openStoreFile } from './store-file.ts';
import { Store } from './store.ts';
import { converse, noEdits, testStore } from './test-store.fixture.ts';
import type { TestStore } from './test-store.fixture.ts';

/** Every file of the folder in one, journals included. */
function bytesOf({ dir }: TestStore): Buffer {
  return Buffer.concat(readdirSync(dir).map((name) => readFileSync(join(dir, name))));
}

/** Sealed records, by pieces short enough to lie on one page. */
function pieces(db: DatabaseSync, sql: string): Buffer[] {
  return db
    .prepare(sql)
    .all()
    .map(({ sealed }) => Buffer.from(sealed as Uint8Array).subarray(0, 200));
}

function opened(test: TestStore) {
  const file = openStoreFile(test.file, test.key);
  return { db: file.db, store: new Store(new Shelf(file, test.file), true) };
}

const everything = `SELECT sealed FROM conversation UNION ALL SELECT sealed FROM message UNION ALL SELECT sealed FROM receipt`;

describe('what was deleted', () => {
  it('is on the disk before, and not after', () => {
    const test = testStore();
    const { db, store } = opened(test);
    const kept = converse(store, 'kept', 'x');
    const { id } = converse(store, 'q'.repeat(3000), 'a'.repeat(20_000));
    const gone = pieces(
      db,
      `SELECT sealed FROM message WHERE conversation = '${id}' UNION ALL SELECT sealed FROM conversation WHERE id = '${id}'`,
    );
    expect(gone).toHaveLength(3);
    expect(gone.every((piece) => bytesOf(test).includes(piece))).toBe(true);
    store.remove(id);
    // At once, not when the file is closed.
    expect(gone.some((piece) => bytesOf(test).includes(piece))).toBe(false);
    expect(pieces(db, everything).every((piece) => bytesOf(test).includes(piece))).toBe(true);
    expect(store.get(kept.id).items).toHaveLength(2);
    store.close();
  });

  it('is gone when a question is asked anew', () => {
    const test = testStore();
    const { db, store } = opened(test);
    const { id, question } = converse(store, 'a first try', 'x');
    const gone = pieces(db, 'SELECT sealed FROM message UNION ALL SELECT sealed FROM receipt');
    store.addQuestion(id, { text: 'a second try', marks: [], edits: noEdits, replaces: question });
    expect(gone).toHaveLength(3);
    expect(gone.some((piece) => bytesOf(test).includes(piece))).toBe(false);
    store.close();
  });

  it('is gone after deleting all, and the file is small again', () => {
    const test = testStore();
    const { db, store } = opened(test);
    store.writeEntry('settings', { kept: true });
    for (let index = 0; index < 40; index += 1) {
      const { id } = converse(store, `question ${index}`, 'a'.repeat(9000));
      store.addQuestion(id, { text: 'b'.repeat(2000), marks: [], edits: noEdits });
    }
    const gone = pieces(db, everything);
    expect(gone).toHaveLength(40 * 5);
    const before = statSync(test.file).size;
    store.removeAll(40);
    const bytes = bytesOf(test);
    expect(gone.some((piece) => bytes.includes(piece))).toBe(false);
    expect(statSync(test.file).size).toBeLessThan(before / 5);
    expect(existsSync(`${test.file}-wal`) ? statSync(`${test.file}-wal`).size : 0).toBe(0);
    expect(store.readEntry('settings')).toEqual({ kept: true });
    store.close();
  });
});
