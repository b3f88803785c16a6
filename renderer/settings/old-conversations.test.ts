import { expect, it } from 'vitest';
import { countOlderThan } from './old-conversations.ts';

const day = 86_400_000;
const now = 1000 * day;
const of = (age: number, stored = true) => ({ changed: now - age * day, pinned: false, stored });

it('counts over every page, by the last change, and only what is stored', async () => {
  const pages = [
    { conversations: [of(0), of(29), of(31, false)], more: true },
    { conversations: [of(31), of(400)], more: false },
  ];
  const asked: (number | null)[] = [];
  const count = await countOlderThan(30, now, async (before) => {
    asked.push(before);
    return pages[asked.length - 1] ?? { conversations: [], more: false };
  });
  expect(count).toBe(2);
  expect(asked).toEqual([null, now - 31 * day]);
});
