import { describe, expect, it } from 'vitest';
import { noEdits, converse, testStore } from './test-store.fixture.ts';
import type { Hit, Store } from './store.ts';

async function texts(store: Store, query: string): Promise<string[]> {
  return (await store.search(query, 50)).map(({ excerpt }) => excerpt).sort();
}

const foundIn = ({ excerpt, found }: Hit) => found.map(({ start, end }) => excerpt.slice(start, end));

describe('search', () => {
  it('finds every word, the last one unfinished, over a restart', async () => {
    const test = testStore();
    let store = test.open();
    const { id } = converse(store, 'Where does Frau Müller live?', 'In the e-mail: 12 Rose Street.');
    converse(store, 'Something else', 'Nothing of that.');
    for (let time = 0; time < 2; time += 1) {
      expect(await texts(store, 'muller')).toHaveLength(2);
      expect(await texts(store, 'MÜLLER frau')).toHaveLength(2);
      expect(await texts(store, 'ros')).toEqual(['In the e-mail: 12 Rose Street.']);
      expect(await texts(store, 'ros 12')).toEqual([]);
      expect(await texts(store, '12 ros')).toHaveLength(1);
      expect(await texts(store, 'e-mail')).toHaveLength(1);
      expect(await texts(store, 'mail-e')).toHaveLength(0);
      expect(await texts(store, 'müller rose')).toHaveLength(0);
      store = test.open();
    }
    const [title, message] = (await store.search('muller', 5)).sort((a) => (a.message === null ? -1 : 1));
    expect(title).toMatchObject({
      message: null,
      conversation: { id, title: 'Where does Frau Müller live?' },
    });
    expect(message?.message).not.toBeNull();
    expect(message && foundIn(message)).toEqual(['Müller']);
  });

  it.each(['', '   ', '"', '""', '*', '-', '( )', '?!', '\0'])('finds nothing for %j', async (query) => {
    const store = testStore().open();
    converse(store, 'words', 'more words');
    expect(await store.search(query, 5)).toEqual([]);
  });

  it.each([
    'a"b',
    'a AND',
    'NOT words',
    'NEAR(a b)',
    'text : a',
    '^a',
    'a*b',
    '{a}',
    'a + b',
    "'; DROP",
    '\0a',
  ])('takes %j for words, not for syntax', async (query) => {
    const store = testStore().open();
    converse(store, `One ${query.replaceAll('\0', '')} two`, 'x');
    expect((await store.search(query, 5)).length).toBeGreaterThan(0);
  });

  it('follows every change', async () => {
    const store = testStore().open();
    const { id, question, answer } = converse(store, 'walrus', 'penguin');
    store.updateAnswer(id, answer, { text: 'albatross', state: 'complete', record: null });
    expect([await texts(store, 'penguin'), await texts(store, 'albatross')]).toEqual([[], ['albatross']]);
    store.rename(id, 'Seabirds');
    expect(await texts(store, 'seabird')).toEqual(['Seabirds']);
    store.addQuestion(id, { text: 'pelican', marks: [], edits: noEdits, replaces: question });
    expect([await texts(store, 'walrus'), await texts(store, 'albatross')]).toEqual([[], []]);
    expect(await texts(store, 'pelican')).toEqual(['pelican']);
    store.remove(id);
    expect(await texts(store, 'pelican')).toEqual([]);
  });

  it('waits for what is still being indexed, and lets other work go on meanwhile', async () => {
    const test = testStore();
    const store = test.open();
    const items = Array.from({ length: 20 }, (_, index) => ({
      id: null,
      role: 'user' as const,
      time: index,
      text: `${'lorem ipsum '.repeat(40)} needle${index}`,
      marks: [],
      edits: noEdits,
    }));
    const many = Array.from({ length: 60 }, (_, index) => ({
      id: null,
      source: null,
      title: `t${index}`,
      pinned: false,
      created: index,
      changed: index,
      items,
    }));
    store.importAll(many);
    const again = test.open();
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    // Written and deleted while the index is built.
    const { id } = converse(again, 'needle7 too', 'x');
    again.remove(again.ids().at(-1) ?? '');
    const hits = await again.search('needle7', 200);
    counting = false;
    expect(hits.filter(({ message }) => message !== null)).toHaveLength(60);
    expect(hits.filter(({ conversation }) => conversation.id === id)).toHaveLength(2);
    expect(turns).toBeGreaterThan(3);
  });

  it('shows the words found with some before them, on one line', async () => {
    const store = testStore().open();
    const before = 'Some words that stand before.\n'.repeat(50);
    converse(store, `${before}\tThe café\u0001 at the corner 🦊 serves cafés. ${'After. '.repeat(90)}`, 'x');
    const hits = await store.search('cafe', 5);
    const hit = hits.find(({ message }) => message !== null);
    expect(hit && foundIn(hit)).toEqual(['café', 'cafés']);
    expect(hit?.excerpt).toMatch(/^….*before\. {2}The café .*After\..*…$/);
    expect(hit?.excerpt.length).toBeLessThanOrEqual(400);
    expect(hit?.excerpt).not.toMatch(/\p{Cc}/u);
  });
});
