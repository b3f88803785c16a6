import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { schemaVersion } from './schema.ts';
import { converse, noEdits, testReceipt, testStore } from './test-store.fixture.ts';
import { writeVersion1 } from './version-1.fixture.ts';

const question = { role: 'user', time: 10, text: 'What is a moraine?', marks: [], edits: noEdits };
const answer = { role: 'assistant', time: 11, text: 'Rubble of a glacier.', state: 'complete' };
const receipt = testReceipt('Rubble of a glacier.');

const populated = Array.from({ length: 50 }, (_, index) => ({
  id: `conversation-${index}`,
  title: `Title ${index}`,
  created: 10,
  changed: 11 + index,
  messages: [
    { id: `question-${index}`, ...question },
    { id: `answer-${index}`, ...answer, record: index % 2 === 0 ? receipt : null },
  ],
}));

describe('migrations', () => {
  it('brings a populated file of version 1 to the current one', async () => {
    const test = testStore();
    writeVersion1(test.file, test.key, populated, { speed: { a: 1 } });
    // The second time there is nothing to do.
    for (let time = 0; time < 2; time += 1) {
      const store = test.open();
      expect(store.list({ before: null, limit: 100 }).total).toBe(50);
      expect(store.get('conversation-4')).toEqual({
        id: 'conversation-4',
        title: 'Title 4',
        pinned: false,
        created: 10,
        changed: 15,
        messages: 2,
        stored: true,
        items: [
          { id: 'question-4', ...question },
          { id: 'answer-4', ...answer, record: receipt },
        ],
      });
      expect(store.get('conversation-5').items[1]).toMatchObject({ record: null });
      expect(store.readEntry('speed')).toEqual({ a: 1 });
      expect(await store.search('glacier', 100)).toHaveLength(50);
    }
    const store = test.open();
    expect(store.pin('conversation-7', true).pinned).toBe(true);
    expect(store.addAnswer('conversation-7').state).toBe('interrupted');
    store.close();
    const db = new DatabaseSync(test.file);
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: schemaVersion });
    db.close();
  });

  it('has the same tables in a migrated file as in a new one', () => {
    const tables = (file: string) => {
      const db = new DatabaseSync(file);
      const all = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
      db.close();
      return all.map(({ type, name, sql }) => [type, name, String(sql).replace(/\s+/g, ' ')]);
    };
    const old = testStore();
    writeVersion1(old.file, old.key, populated.slice(0, 1), {});
    old.open().close();
    const fresh = testStore();
    fresh.open().close();
    expect(tables(old.file)).toEqual(tables(fresh.file));
  });

  it('leaves a record that does not open behind, and brings the others along', () => {
    const test = testStore();
    writeVersion1(test.file, test.key, populated, {});
    const db = new DatabaseSync(test.file);
    db.exec("UPDATE message SET sealed = randomblob(300) WHERE id = 'question-3'");
    db.close();
    const store = test.open();
    expect(store.get('conversation-3')).toMatchObject({
      damaged: ['question-3'],
      items: [{ id: 'answer-3' }],
    });
    expect(store.get('conversation-2').items).toHaveLength(2);
  });

  it('refuses a version that it does not know, and does not touch the file', () => {
    const test = testStore();
    const store = test.open();
    converse(store, 'q', 'a');
    store.close();
    const db = new DatabaseSync(test.file);
    db.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    db.close();
    const digest = () => createHash('sha256').update(readFileSync(test.file)).digest('hex');
    const before = digest();
    expect(() => test.open()).toThrow('was written by a newer version of Sotto. It was not changed.');
    expect(digest()).toBe(before);
  });
});
