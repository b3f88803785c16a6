import { createHash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { Shelf } from './shelf.ts';
import { inspectStoreFile, openStoreFile } from './store-file.ts';
import { Store } from './store.ts';
import { converse, noEdits, testStore } from './test-store.fixture.ts';
import type { TestStore } from './test-store.fixture.ts';

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Three conversations, closed. */
function filled(): TestStore & { ids: { id: string; question: string; answer: string }[] } {
  const test = testStore();
  const store = test.open();
  const ids = ['one', 'two', 'three'].map((word) => converse(store, `question ${word}`, `answer ${word}`));
  store.writeEntry('settings', { a: 1 });
  store.close();
  return { ...test, ids };
}

/** Flips a byte in the middle of one record's ciphertext, in the file itself. */
function flip(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  const sealed = db.prepare(sql).get()?.['sealed'];
  db.close();
  if (!(sealed instanceof Uint8Array)) throw new Error('There is no such record.');
  const bytes = readFileSync(file);
  const at = bytes.indexOf(sealed.subarray(0, 200));
  expect(at).toBeGreaterThan(0);
  bytes[at + 100] = (bytes[at + 100] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

describe('a damaged file', () => {
  it('loses the one message whose bytes were changed, and says which', async () => {
    const { file, open, ids } = filled();
    const [, second] = ids;
    flip(file, `SELECT sealed FROM message WHERE id = '${second?.question ?? ''}'`);
    const store = open();
    for (const { id, question } of ids) {
      const { items, damaged } = store.get(id);
      expect(damaged).toEqual(id === second?.id ? [question] : undefined);
      expect(items).toHaveLength(id === second?.id ? 1 : 2);
    }
    expect(await store.search('answer', 9)).toHaveLength(3);
    // It can still be used, and deleted.
    store.addQuestion(second?.id ?? '', { text: 'more', marks: [], edits: noEdits });
    const replaces = second?.question ?? '';
    store.addQuestion(second?.id ?? '', { text: 'anew', marks: [], edits: noEdits, replaces });
    expect(store.get(second?.id ?? '')).toMatchObject({ items: [{ text: 'anew' }], messages: 1 });
  });

  it('finds the name of a conversation again in its first question', () => {
    const { file, open, ids } = filled();
    flip(file, `SELECT sealed FROM conversation WHERE id = '${ids[0]?.id ?? ''}'`);
    expect(open().get(ids[0]?.id ?? '')).toMatchObject({ title: 'question one', messages: 2 });
  });

  it('loses a receipt without its answer', () => {
    const { file, open, ids } = filled();
    flip(file, `SELECT sealed FROM receipt WHERE message = '${ids[0]?.answer ?? ''}'`);
    expect(open().get(ids[0]?.id ?? '').items[1]).toMatchObject({ text: 'answer one', record: null });
  });

  it('says that a small record is damaged, and takes it anew', () => {
    const { file, open } = filled();
    flip(file, 'SELECT sealed FROM entry');
    const store = open();
    expect(failureOf(() => store.readEntry('settings')).reason).toBe('data-damaged');
    store.writeEntry('settings', { b: 2 });
    expect(store.readEntry('settings')).toEqual({ b: 2 });
  });

  it('does not open records in another place', () => {
    const { file, open, ids } = filled();
    const db = new DatabaseSync(file);
    const [first, second] = ids;
    db.exec(`UPDATE message SET sealed = (SELECT sealed FROM message WHERE id = '${first?.question ?? ''}')
             WHERE id = '${second?.question ?? ''}'`);
    db.exec(`UPDATE message SET position = 7 WHERE id = '${first?.answer ?? ''}'`);
    db.close();
    const store = open();
    expect(store.get(second?.id ?? '').damaged).toEqual([second?.question]);
    expect(store.get(first?.id ?? '').damaged).toEqual([first?.answer]);
  });

  it('survives one damaged copy of the salt', () => {
    const { file, open, ids } = filled();
    const db = new DatabaseSync(file);
    db.exec('UPDATE store SET salt = randomblob(16) WHERE copy = 1');
    db.close();
    expect(open().get(ids[0]?.id ?? '').items).toHaveLength(2);
  });

  it.each([
    ['its first bytes', (bytes: Buffer) => bytes.fill(0xff, 0, 16)],
    ['what marks it as ours', (bytes: Buffer) => bytes.fill(0xff, 68, 72)],
    ['its first page', (bytes: Buffer) => bytes.fill(0xa5, 100, 4096)],
    ['all of it', (bytes: Buffer) => randomBytes(bytes.length)],
    ['its end', (bytes: Buffer) => bytes.subarray(0, 4096 * 2 + 100)],
    ['everything, it is empty', () => Buffer.alloc(0)],
  ])('is left alone when %s is gone, and the message says where it lies', (_, damage) => {
    const { file, open } = filled();
    writeFileSync(file, damage(readFileSync(file)));
    const before = digestOf(file);
    const failure = failureOf(() => open());
    expect(failure).toMatchObject({ code: 'pack', reason: 'data-damaged', facts: { path: file } });
    expect(failure.message).toContain(file);
    expect(failure.next).toContain('set it aside');
    expect(digestOf(file)).toBe(before);
  });

  it('is refused with another key, and not changed', () => {
    const { file, open, ids } = filled();
    const before = digestOf(file);
    expect(failureOf(() => open(new Uint8Array(randomBytes(32)))).reason).toBe('data-foreign');
    expect(digestOf(file)).toBe(before);
    expect(open().get(ids[0]?.id ?? '').items).toHaveLength(2);
  });
});

describe('looking at a file without its key', () => {
  it('counts what is there and changes nothing', () => {
    const { file } = filled();
    const before = digestOf(file);
    expect(inspectStoreFile(file)).toEqual({ conversations: 3, messages: 6, bytes: statSync(file).size });
    expect(digestOf(file)).toBe(before);
    expect(inspectStoreFile(`${file}.not-there`)).toBeUndefined();
  });

  it('says who has it, and that it is no history', () => {
    const { file, open } = filled();
    const store = open();
    expect(failureOf(() => inspectStoreFile(file)).reason).toBe('profile-in-use');
    store.close();
    writeFileSync(file, 'not a database, but long enough to be taken for the head of one');
    expect(failureOf(() => inspectStoreFile(file)).reason).toBe('data-damaged');
  });
});

describe('the disk', () => {
  it('is full: the last change fails and is not there, everything before it is', () => {
    const test = testStore();
    const { db, sealer } = openStoreFile(test.file, test.key);
    const store = new Store(new Shelf({ db, sealer }, test.file), true);
    const { id } = converse(store, 'before', 'it was full');
    const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
    db.exec(`PRAGMA max_page_count = ${pages + 20}`);
    let written = 0;
    const failure = failureOf(() => {
      for (;;) {
        store.addQuestion(id, { text: 'x'.repeat(5000), marks: [], edits: noEdits });
        written += 1;
      }
    });
    expect(failure).toMatchObject({ code: 'pack', reason: 'disk-full', facts: { path: test.dir } });
    expect(written).toBeGreaterThan(0);
    expect(store.get(id)).toMatchObject({ messages: 2 + written });
    // Asking anew fails as a whole: what it would have replaced is still there.
    const replaces = store.get(id).items[0]?.id ?? '';
    const anew = { text: 'x'.repeat(400_000), marks: [], edits: noEdits, replaces };
    expect(failureOf(() => store.addQuestion(id, anew))).toMatchObject({ reason: 'disk-full' });
    expect(store.get(id)).toMatchObject({ messages: 2 + written });
    // Deleting makes room.
    store.remove(id);
    converse(store, 'after', 'room again');
    store.close();
    expect(test.open().list({ before: null, limit: 9 }).conversations).toMatchObject([{ title: 'after' }]);
  });

  it('may not be written: nothing is made, and the message says so', () => {
    const test = testStore();
    const folder = join(test.dir, 'read-only');
    mkdirSync(folder);
    chmodSync(test.dir, 0o755);
    chmodSync(folder, 0o555);
    const open = `
      import('${join(import.meta.dirname, 'store.ts')}').then(({ openStore }) => {
        try { openStore('${folder}/history.db', new Uint8Array(32)); console.log('opened'); }
        catch (error) { console.log(JSON.stringify([error.name, error.code, error.message, error.next])); }
      });`;
    // The administrator may write everywhere: somebody else asks then.
    const other = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { stdout } = spawnSync(process.execPath, ['-e', open], { encoding: 'utf8', ...other });
    const [name, code, message, next] = JSON.parse(stdout) as string[];
    expect([name, code]).toEqual(['Failure', 'pack']);
    expect(message).toContain(`${folder}/history.db could not be read or written`);
    expect(next).toContain('you may write to this folder');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('holds files that only this user can read', () => {
    const test = testStore();
    const store = test.open();
    converse(store, 'q', 'a');
    for (const name of readdirSync(test.dir)) expect(statSync(join(test.dir, name)).mode & 0o077).toBe(0);
    expect(existsSync(`${test.file}-shm`)).toBe(false);
  });
});
