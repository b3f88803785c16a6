import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ImportedConversation } from '../../app/exchange/imported.ts';
import { openEphemeralStore } from './store.ts';
import type { Store, StoreChange } from './store.ts';
import { converse, noEdits, testReceipt, testStore } from './test-store.fixture.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('Store', () => {
  it('keeps a conversation over a restart, with marks, edits and receipt', () => {
    const test = testStore();
    const store = test.open();
    const { id } = store.createConversation({ firstQuestion: 'Who is Ann Miller?', stored: true });
    const marks = [
      { start: 7, end: 17, kind: 'person' as const, score: 0.9, source: 'rule' as const, entity: 0 },
    ];
    const edits = { marked: [{ start: 0, end: 3, kind: 'custom' as const }], unmarked: [] };
    const question = store.addQuestion(id, { text: 'Who is Ann Miller?', marks, edits });
    const answer = store.addAnswer(id);
    const done = store.updateAnswer(id, answer.id, {
      text: 'I do not know.',
      state: 'stopped',
      record: testReceipt('I do not know.'),
    });
    const before = store.get(id);
    expect(before.items).toEqual([question, done]);
    expect(before).toMatchObject({ title: 'Who is Ann Miller?', messages: 2, pinned: false, stored: true });

    expect(test.open().get(id)).toEqual(before);
  });

  it('has a question with an interrupted answer when it ended in between', () => {
    const test = testStore();
    const store = test.open();
    const { id } = store.createConversation({ firstQuestion: 'Hello', stored: true });
    store.addQuestion(id, { text: 'Hello', marks: [], edits: noEdits });
    store.addAnswer(id);
    expect(test.open().get(id).items).toMatchObject([
      { role: 'user', text: 'Hello' },
      { role: 'assistant', text: '', state: 'interrupted', record: null },
    ]);
  });

  it('takes an answer without its record away again', () => {
    const store = testStore().open();
    const { id, answer } = converse(store, 'a', 'b');
    store.updateAnswer(id, answer, { text: '', state: 'discarded', record: null });
    expect(store.get(id).items[1]).toMatchObject({ text: '', state: 'discarded', record: null });
  });

  it('asks anew: the question and all that follows are replaced, and its title with it', () => {
    const test = testStore();
    const store = test.open();
    const { id, question } = converse(store, 'The first question', 'one');
    store.addQuestion(id, { text: 'second', marks: [], edits: noEdits });
    store.addQuestion(id, { text: 'Another beginning', marks: [], edits: noEdits, replaces: question });
    expect(store.get(id)).toMatchObject({ messages: 1 });
    expect(test.open().get(id)).toMatchObject({
      title: 'Another beginning',
      messages: 1,
      items: [{ text: 'Another beginning' }],
    });
  });

  it('keeps a title that the user gave', () => {
    const store = testStore().open();
    const { id, question } = converse(store, 'The first question', 'one');
    store.rename(id, 'Mine');
    store.addQuestion(id, { text: 'Another beginning', marks: [], edits: noEdits, replaces: question });
    expect(store.get(id).title).toBe('Mine');
  });

  it('lists pinned ones first, then the latest changed, page by page', () => {
    const test = testStore();
    const store = test.open();
    const ids = Array.from({ length: 7 }, (_, index) => converse(store, `question ${index}`, 'x').id);
    const [a, b, c, d, e, f, g] = ids;
    store.pin(b ?? '', true);
    store.addQuestion(a ?? '', { text: 'again', marks: [], edits: noEdits });
    for (const reopen of [() => store, () => test.open()]) {
      const open = reopen();
      const first = open.list({ before: null, limit: 3 });
      expect(first.conversations.map(({ id }) => id)).toEqual([b, a, g, f]);
      expect(first).toMatchObject({ total: 7, more: true });
      const rest = open.list({ before: first.conversations.at(-1)?.changed ?? 0, limit: 3 });
      expect(rest.conversations.map(({ id }) => id)).toEqual([e, d, c]);
      expect(rest).toMatchObject({ total: 7, more: false });
    }
  });

  it('deletes one, or all when their number is the expected one', () => {
    const test = testStore();
    const store = test.open();
    const first = converse(store, 'one', 'x');
    converse(store, 'two', 'x');
    converse(store, 'three', 'x', false);
    store.remove(first.id);
    expect(() => store.get(first.id)).toThrow('not here any more');
    expect(() => store.removeAll(3)).toThrow('There are 2 conversations now, not 3. Nothing was deleted.');
    expect(store.list({ before: null, limit: 9 }).total).toBe(2);
    expect(store.removeAll(2)).toBe(2);
    expect(test.open().list({ before: null, limit: 9 })).toEqual({
      conversations: [],
      total: 0,
      more: false,
    });
  });

  it('deletes what was not touched', () => {
    const store = testStore().open();
    vi.useFakeTimers({ toFake: ['Date'], now: 1500 });
    store.importAll([imported({ title: 'old', changed: 1000 })]);
    vi.setSystemTime(3000);
    store.importAll([imported({ title: 'imported later', changed: 1000 })]);
    expect(store.removeUntouchedSince(2000)).toBe(1);
    expect(store.list({ before: null, limit: 9 }).conversations).toMatchObject([{ title: 'imported later' }]);
  });

  it('takes times that have not come yet for now, and goes on', () => {
    const test = testStore();
    const store = test.open();
    const never = Number.MAX_SAFE_INTEGER;
    const begun = Date.now();
    store.importAll(Array.from({ length: 3 }, () => imported({ created: never, changed: never })));
    const times = store.list({ before: null, limit: 9 }).conversations.map(({ changed }) => changed);
    expect(new Set(times).size).toBe(3);
    expect(Math.max(...times) - begun).toBeLessThan(60_000);
    const { id } = converse(store, 'And now?', 'x');
    store.close();
    expect(test.open().get(id)).toMatchObject({ messages: 2 });
    expect(test.open().get(id).damaged).toBeUndefined();
  });

  it('takes as many equal times as there are, in a moment', () => {
    const store = testStore().open();
    store.importAll(Array.from({ length: 5000 }, () => imported({ changed: 1000 })));
    store.importAll(Array.from({ length: 5000 }, () => imported({ changed: 1000 })));
    const { conversations } = store.list({ before: null, limit: 20_000 });
    expect(new Set(conversations.map(({ changed }) => changed)).size).toBe(10_000);
  });

  it('imports no more pins than there may be, and lists all that are too many', () => {
    const store = testStore().open();
    store.importAll(Array.from({ length: 600 }, () => imported({ pinned: true })));
    const { conversations } = store.list({ before: null, limit: 1000 });
    expect(conversations).toHaveLength(600);
    expect(conversations.filter(({ pinned }) => pinned)).toHaveLength(500);
  });

  it('keeps conversations of the no-history mode in memory alone, with the same methods', async () => {
    const test = testStore();
    const store = test.open();
    const { id } = converse(store, 'An unwritten question', 'fleeting', false);
    expect(store.get(id)).toMatchObject({ stored: false, messages: 2 });
    expect(await store.search('fleet', 5)).toMatchObject([{ conversation: { id, stored: false } }]);
    expect(store.rename(id, 'renamed')).toMatchObject({ title: 'renamed', stored: false });
    expect(test.open().summary(id)).toBeUndefined();
  });

  it('forgets unstored ones when told', () => {
    const store = testStore().open();
    const kept = converse(store, 'kept', 'x');
    const { id } = converse(store, 'gone', 'x', false);
    store.forgetUnstored();
    expect(store.summary(id)).toBeUndefined();
    expect(store.summary(kept.id)).toBeDefined();
  });

  it('has small records by name', () => {
    const test = testStore();
    const store = test.open();
    expect(store.readEntry('speed')).toBeUndefined();
    store.writeEntry('speed', { a: [1, 2] });
    store.writeEntries({ one: 1, two: 'zwei' });
    const again = test.open();
    expect(again.readEntry('speed')).toEqual({ a: [1, 2] });
    again.writeEntry('speed', undefined);
    expect(again.readEntry('speed')).toBeUndefined();
    expect([again.readEntry('one'), again.readEntry('two')]).toEqual([1, 'zwei']);
  });

  it('imports all of it or nothing', () => {
    const store = testStore().open();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const broken = { ...imported({ title: 'broken' }), items: [cyclic as never] };
    expect(() => store.importAll([imported({ title: 'good' }), broken])).toThrow();
    expect(store.list({ before: null, limit: 9 }).total).toBe(0);
  });

  it('imports nothing twice, and gives every conversation a place of its own in the order', () => {
    const store = testStore().open();
    const one = imported({ title: 'one', source: 'chatgpt:1', changed: 5 });
    const two = imported({ title: 'two', id: 'two', changed: 5 });
    expect(store.importAll([one, two])).toEqual({ conversations: 2, messages: 2, known: 0 });
    expect(store.importAll([one, two])).toEqual({ conversations: 0, messages: 0, known: 2 });
    const { conversations } = store.list({ before: null, limit: 9 });
    expect(new Set(conversations.map(({ changed }) => changed)).size).toBe(2);
  });

  it('tells of every change', () => {
    const store = testStore().open();
    const changes: StoreChange[] = [];
    const stop = store.subscribe((change) => changes.push(change));
    const { id } = store.createConversation({ firstQuestion: 'q', stored: true });
    store.pin(id, true);
    store.remove(id);
    store.importAll([imported({ title: 'x' })]);
    stop();
    store.removeAll(1);
    expect(changes).toMatchObject([
      { type: 'changed', summary: { id, pinned: false } },
      { type: 'changed', summary: { id, pinned: true } },
      { type: 'removed', id },
      { type: 'reload' },
    ]);
  });

  it('refuses everything once it is closed', async () => {
    const store = testStore().open();
    const { id } = converse(store, 'q', 'a');
    const searching = store.search('q', 1);
    store.close();
    const uses: ((store: Store) => unknown)[] = [
      (closed) => closed.list({ before: null, limit: 1 }),
      (closed) => closed.get(id),
      (closed) => closed.createConversation({ firstQuestion: 'x', stored: true }),
      (closed) => closed.readEntry('x'),
    ];
    for (const use of uses) expect(() => use(store)).toThrow('The history is closed.');
    await expect(searching).rejects.toThrow('The history is closed.');
  });

  it('writes nothing for a vault in memory', () => {
    const store = openEphemeralStore();
    const { id } = converse(store, 'q', 'a');
    expect(store.get(id)).toMatchObject({ stored: false, messages: 2 });
    store.writeEntry('x', 1);
    expect(store.readEntry('x')).toBe(1);
    store.close();
  });
});

function imported(some: Partial<ImportedConversation>): ImportedConversation {
  return {
    id: null,
    source: null,
    title: '',
    pinned: false,
    created: 1,
    changed: 1,
    items: [{ id: null, role: 'user', time: 1, text: 'imported words', marks: [], edits: noEdits }],
    ...some,
  };
}
