import { describe, expect, it } from 'vitest';
import type { Summary } from '../../app/contract/conversations.ts';
import { rowsOf } from './rows.ts';
import { visibleRows } from './visible.ts';

const now = new Date(2026, 10, 21, 9, 30).getTime();
const summary = (id: string, changed: Date, pinned = false): Summary => ({
  id,
  title: id,
  pinned,
  created: 0,
  changed: changed.getTime(),
  messages: 2,
  stored: true,
});
const told = (items: readonly Summary[]) =>
  rowsOf(items, now).map((row) => (row.type === 'heading' ? row.key : row.summary.id));

describe('the rail', () => {
  it('has a heading for each stretch of time, and none without a conversation', () => {
    expect(
      told([
        summary('p', new Date(2020, 1, 1), true),
        summary('a', new Date(2026, 10, 21, 0, 0)),
        summary('b', new Date(2026, 10, 20, 23, 59)),
        summary('c', new Date(2026, 10, 14, 0, 0)),
        summary('d', new Date(2026, 10, 13, 23, 59)),
        summary('e', new Date(2026, 10, 1)),
        summary('f', new Date(2025, 10, 30)),
      ]),
    ).toEqual([
      'heading pinned',
      'p',
      'heading today',
      'a',
      'heading yesterday',
      'b',
      'heading week',
      'c',
      'heading 2026-10',
      'd',
      'e',
      'heading 2025-10',
      'f',
    ]);
  });

  it('is empty without conversations', () => {
    expect(rowsOf([], now)).toEqual([]);
  });
});

describe('what is drawn of it', () => {
  it('is what is in view and a little beyond', () => {
    expect(visibleRows(0, 360, 36, 5000)).toEqual({ start: 0, end: 22 });
    expect(visibleRows(36_000, 360, 36, 5000)).toEqual({ start: 988, end: 1022 });
    expect(visibleRows(5000 * 36, 360, 36, 5000)).toEqual({ start: 4988, end: 5000 });
  });

  it('is nothing before the height of a row is known', () => {
    expect(visibleRows(0, 360, 0, 5000)).toEqual({ start: 0, end: 0 });
  });

  it('stays within a list that became shorter', () => {
    expect(visibleRows(36_000, 360, 36, 3)).toEqual({ start: 3, end: 3 });
  });
});
