import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { drafts } from '../composer/drafts.svelte.ts';
import { failures } from './failures.svelte.ts';
import { history } from './history.svelte.ts';

const renamed: { readonly id: string; readonly title: string }[] = [];
let closed = 0;
const refusal = { now: null as Failure | null };

vi.mock('../bridge/api.ts', () => ({
  bridge: { onChange: () => undefined },
  api: {
    conversations: {
      async rename(asked: { id: string; title: string }) {
        if (refusal.now) throw refusal.now;
        renamed.push(asked);
        return { ...asked, created: 1, updated: 1, pinned: false, stored: true, count: 2 };
      },
      remove: async () => ({}),
      removeAll: async ({ expected }: { expected: number }) => ({ removed: expected }),
      list: async () => ({ conversations: [], total: 0, more: false }),
    },
  },
}));
vi.mock('../detection/worker.ts', () => ({
  detectionPool: { open: () => ({ check: () => undefined, close: () => (closed += 1) }) },
}));
vi.stubGlobal('location', { hash: '' });

beforeEach(() => {
  renamed.length = 0;
  refusal.now = null;
  failures.clear();
});

describe('a new title', () => {
  it('is for a conversation that the list has not loaded, too', async () => {
    await history.rename('old', 'The letter');
    expect(renamed).toEqual([{ id: 'old', title: 'The letter' }]);
  });

  it('is dropped without a word when the conversation has vanished, and with one when it failed', async () => {
    refusal.now = new Failure('usage', 'The conversation is not here any more.', { reason: 'not-found' });
    await history.rename('gone', 'The letter');
    expect(failures.items).toHaveLength(0);
    refusal.now = new Failure('pack', 'The disk is full.', { reason: 'disk-full' });
    await history.rename('kept', 'The letter');
    expect(failures.items).toHaveLength(1);
  });
});

describe('what was written in a conversation and not sent', () => {
  it('goes with it, and with all of them, together with what reads it', async () => {
    for (const id of [null, 'a', 'b', 'c']) drafts.of(id).write(`Half a thought for ${id}.`);
    closed = 0;
    await history.remove('a');
    expect(drafts.of('a').text).toBe('');
    expect(drafts.of('b').text).toBe('Half a thought for b.');
    expect(closed).toBe(1);
    await history.removeAll(2);
    expect([drafts.of('b').text, drafts.of('c').text]).toEqual(['', '']);
    expect(closed).toBe(3);
    expect(drafts.of(null).text).toBe('Half a thought for null.');
  });
});
