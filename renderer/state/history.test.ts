import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { failures } from './failures.svelte.ts';
import { history } from './history.svelte.ts';

const renamed: { readonly id: string; readonly title: string }[] = [];
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
    },
  },
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
