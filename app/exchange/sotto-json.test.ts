import { describe, expect, it } from 'vitest';
import type { Conversation } from '../contract/conversations.ts';
import { readImport } from './read-import.ts';
import { exportJson } from './sotto-json.ts';

const [first, second] = ['3f0c7b52-9b1e-4d0a-8c56-1f2e3d4c5b6a', '3f0c7b52-9b1e-4d0a-8c56-1f2e3d4c5b6b'];
const conversation: Conversation = {
  id: first,
  title: 'Glaciers',
  pinned: true,
  created: 1000,
  changed: 2000,
  messages: 2,
  stored: true,
  items: [
    {
      role: 'user',
      id: 'q-1',
      time: 1000,
      text: 'What does Ann Miller do?\u2028 \ud83e\udd8a',
      marks: [{ start: 10, end: 20, kind: 'person', score: 0.9, source: 'rule', entity: 0 }],
      edits: {
        marked: [{ start: 0, end: 4, kind: 'custom' }],
        unmarked: [{ start: 5, end: 9, confirmed: true }],
      },
    },
    { role: 'assistant', id: 'b-1', time: 1500, text: 'Maps.', state: 'stopped', record: null },
  ],
};

describe("Sotto's own export", () => {
  it('reads back what it wrote', () => {
    const { conversations, skipped } = readImport(
      exportJson([conversation, { ...conversation, id: second }], new Date(0)),
    );
    const { messages: _, stored: __, ...rest } = conversation;
    expect(conversations).toEqual([
      { ...rest, source: null },
      { ...rest, id: second, source: null },
    ]);
    expect(skipped).toBe(0);
    // With the byte order mark that an editor may have put before it.
    expect(readImport(`\ufeff${exportJson([conversation], new Date(0))}`).conversations).toHaveLength(1);
  });

  it('gives no conversation the name of another key, and no two the same', () => {
    const ids = ['cli', first, first, `${first}0`, 'doctor', second];
    const { conversations } = readImport(
      exportJson(
        ids.map((id) => ({ ...conversation, id })),
        new Date(0),
      ),
    );
    expect(conversations.map(({ id }) => id)).toEqual([null, first, null, null, null, second]);
  });

  it.each([
    [{ version: 2 }, 'it was written by another version of Sotto'],
    [{ conversations: 5 }, 'conversations is not as Sotto writes it'],
    [{ conversations: [{ ...conversation, id: '../x' }] }, 'conversations.0.id is not as Sotto writes it'],
    [
      { conversations: [{ ...conversation, items: [{ role: 'system', text: 'x' }] }] },
      'conversations.0.items.0.role is not as Sotto writes it',
    ],
  ])('is refused when it is not whole: %#', (change, why) => {
    const file = JSON.parse(exportJson([conversation], new Date(0))) as object;
    expect(() => readImport(JSON.stringify({ ...file, ...change }))).toThrow(why);
  });
});
