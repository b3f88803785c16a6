import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { converse } from '../store/test-store.fixture.ts';
import { dropKeysWithConversations } from './conversation-keys.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';

let context: ProfileContext;
let stop: () => void;
/** Keys that were in use each time that sessions of retired ones were closed. */
let closed: string[][];
beforeEach(async () => {
  context = await openProfileContext();
  await context.vault.create({ storage: 'keychain', replace: false });
  closed = [];
  const closeRetired = () => void closed.push(context.vault.current()?.scopes().toSorted() ?? []);
  stop = dropKeysWithConversations(context, { closeRetired });
});
afterEach(async () => {
  stop();
  await context.end();
});

/** Conversations, each with a key. */
function conversations(count: number): string[] {
  const ids = Array.from(
    { length: count },
    (_, i) => converse(context.store.require(), `Question ${i}`, 'x').id,
  );
  for (const id of ids) context.vault.require().latticeKey(id);
  return ids;
}

it('retires the key of a conversation that is deleted, and no other', () => {
  const [gone = '', kept = ''] = conversations(2);
  context.vault.require().latticeKey('cli');
  context.store.require().remove(gone);
  expect(context.vault.require().scopes().toSorted()).toEqual([kept, 'cli'].toSorted());
  expect(closed.at(-1)).toEqual([kept, 'cli'].toSorted());
});

it('retires the keys of many at once, and leaves those that are no conversation’s', () => {
  conversations(20);
  const vault = context.vault.require();
  for (const scope of ['cli', 'doctor']) vault.latticeKey(scope);
  const drop = vi.spyOn(vault, 'dropScopes');
  context.store.require().removeAll(20);
  expect(drop).toHaveBeenCalledTimes(1);
  expect(vault.scopes().toSorted()).toEqual(['cli', 'doctor']);
  expect(closed.at(-1)).toEqual(['cli', 'doctor']);
});

it('leaves the command line’s key alone, whatever a conversation of an older file is called', () => {
  const { store, vault } = context;
  vault.require().latticeKey('cli');
  const items = [
    { role: 'assistant' as const, id: 'a', time: 1, text: 'x', state: 'complete' as const, record: null },
  ];
  const imported = { id: 'cli', source: null, title: 'x', pinned: false, created: 1, changed: 1, items };
  store.require().importAll([imported]);
  store.require().remove('cli');
  expect(vault.require().scopes()).toEqual(['cli']);
});
