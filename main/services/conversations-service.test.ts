import { afterEach, describe, expect, it, vi } from 'vitest';
import { converse } from '../store/test-store.fixture.ts';
import { createConversationsService } from './conversations-service.ts';
import { openProfileFolder } from './open-profile.fixture.ts';

const { signal } = new AbortController();

async function service() {
  const profile = await openProfileFolder();
  const keepers = profile.keepers();
  return {
    profile,
    ...keepers,
    conversations: createConversationsService({ ...keepers, signal: profile.signal }),
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the conversations service', () => {
  it('forgets what is not kept, and nothing while the vault is closed', async () => {
    const { profile, store, conversations } = await service();
    const kept = converse(store.require(), 'A question', 'kept');
    const { id } = converse(store.require(), 'Another question', 'fleeting', false);
    await conversations.forgetUnstored({}, signal);
    expect(store.require().summary(id)).toBeUndefined();
    expect(store.require().summary(kept.id)).toBeDefined();
    profile.lock();
    await conversations.forgetUnstored({}, signal);
  });

  it('exports, deletes all, and imports the same again', async () => {
    const { store, conversations } = await service();
    const ids = ['one', 'two', 'three'].map((word) => converse(store.require(), `Question ${word}`, word).id);
    await conversations.pin({ id: ids[1] ?? '', pinned: true }, signal);
    const before = ids.map((id) => store.require().get(id));
    const { name, text } = await conversations.export({ ids: null, format: 'json' }, signal);
    expect(name).toMatch(/^sotto-conversations-\d{4}-\d\d-\d\d\.json$/);
    // What is here already is left as it is.
    expect(await conversations.import({ text }, signal)).toEqual({
      conversations: 0,
      messages: 0,
      skipped: 3,
    });
    expect(await conversations.removeAll({ expected: 3 }, signal)).toEqual({ removed: 3 });
    await expect(conversations.import({ text }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await conversations.import({ text }, signal)).toEqual({
      conversations: 3,
      messages: 6,
      skipped: 0,
    });
    const after = ids.map((id) => store.require().get(id));
    expect(after.map(({ added: _, ...rest }) => rest)).toEqual(before);
    expect(after.every(({ added }) => added !== undefined)).toBe(true);
    expect((await conversations.search({ query: 'three', limit: 5 }, signal)).hits).toHaveLength(3);
  });

  it('exports one as Markdown, under a name that every file system takes', async () => {
    const { store, conversations } = await service();
    const { id } = converse(store.require(), 'Why: "glaciers"/ice?', 'So.');
    const { name, text } = await conversations.export({ ids: [id], format: 'markdown' }, signal);
    expect(name).toBe('Why glaciers ice.md');
    expect(text).toContain('> So.');
    expect(text).toContain('*Receipt: Answered in 3 pieces');
  });

  it('adds nothing when a file cannot be read', async () => {
    const { conversations } = await service();
    await expect(conversations.import({ text: '{}' }, signal)).rejects.toMatchObject({
      reason: 'import-unreadable',
    });
    expect(await conversations.list({ before: null, limit: 5 }, signal)).toMatchObject({ total: 0 });
  });

  it('streams changes until it is stopped, over a lock and an unlock', async () => {
    const { profile, store, conversations } = await service();
    const stopping = new AbortController();
    const changes: string[] = [];
    const watching = (async () => {
      for await (const change of conversations.watch({}, stopping.signal)) changes.push(change.type);
    })();
    // The stream begins when it is first asked.
    await new Promise((resolve) => setImmediate(resolve));
    const { id } = store.require().createConversation({ firstQuestion: 'q', stored: true });
    profile.lock();
    profile.unlock();
    await conversations.rename({ id, title: 'renamed' }, signal);
    await conversations.remove({ id }, signal);
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await watching;
    expect(changes).toEqual(['changed', 'reload', 'reload', 'changed', 'removed']);
  });

  it('deletes what was not touched for as many days as the settings say, at once and when it opens', async () => {
    const { profile, store, settings, conversations } = await service();
    const old = (title: string) =>
      JSON.stringify([
        {
          title,
          create_time: 1_500_000_000,
          mapping: {
            a: { message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['x'] } } },
          },
          current_node: 'a',
        },
      ]);
    const importOld = async (title: string) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_500_000_000_000 });
      await conversations.import({ text: old(title) }, signal);
      vi.useRealTimers();
    };
    const kept = converse(store.require(), 'new', 'x').id;
    await importOld('one');
    expect(store.require().ids()).toHaveLength(2);
    settings.change({ history: { enabled: true, deleteAfterDays: 30 } });
    expect(store.require().ids()).toEqual([kept]);
    await importOld('two');
    profile.lock();
    profile.unlock();
    expect(store.require().ids()).toEqual([kept]);
    // Old, and just imported: the time counts from then on.
    await conversations.import({ text: old('three') }, signal);
    profile.lock();
    profile.unlock();
    expect(store.require().ids()).toHaveLength(2);
  });
});
