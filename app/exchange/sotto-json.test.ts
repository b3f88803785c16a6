import { describe, expect, it } from 'vitest';
import type { Conversation } from '../contract/conversations.ts';
import { readImport } from './read-import.ts';
import { exportJson } from './sotto-json.ts';

const conversation: Conversation = {
  id: 'a-1',
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
      exportJson([conversation, { ...conversation, id: 'a-2' }], new Date(0)),
    );
    const { messages: _, stored: __, ...rest } = conversation;
    expect(conversations).toEqual([
      { ...rest, source: null },
      { ...rest, id: 'a-2', source: null },
    ]);
    expect(skipped).toBe(0);
    // With the byte order mark that an editor may have put before it.
    expect(readImport(`\ufeff${exportJson([conversation], new Date(0))}`).conversations).toHaveLength(1);
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
