import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Summary } from '../../app/contract/conversations.ts';
import { merged, placed, without } from './summaries.ts';

const summary = (id: string, changed: number, pinned = false): Summary => ({
  id,
  title: id,
  pinned,
  created: 0,
  changed,
  messages: 1,
  stored: true,
});
const ids = (items: readonly Summary[]) => items.map(({ id }) => id);

describe('the order of the rail', () => {
  it('puts pinned ones first, then the latest changed', () => {
    expect(ids(merged([summary('a', 1), summary('b', 3)], [summary('c', 2), summary('d', 0, true)]))).toEqual(
      ['d', 'b', 'c', 'a'],
    );
  });

  it('takes the newer knowledge of one that it has', () => {
    expect(merged([summary('a', 1)], [summary('a', 5)])).toEqual([summary('a', 5)]);
  });

  it('moves one that changed', () => {
    const items = [summary('a', 3), summary('b', 2), summary('c', 1)];
    expect(ids(placed(items, summary('c', 4), false))).toEqual(['c', 'a', 'b']);
    expect(ids(placed(items, summary('a', 3, true), false))).toEqual(['a', 'b', 'c']);
    expect(ids(placed(items, summary('a', 0), false))).toEqual(['b', 'c', 'a']);
  });

  it('leaves one beyond the end of what is loaded to its page', () => {
    const items = [summary('a', 3), summary('b', 2)];
    expect(ids(placed(items, summary('z', 1), true))).toEqual(['a', 'b']);
    expect(ids(placed(items, summary('z', 1), false))).toEqual(['a', 'b', 'z']);
  });

  it('is the same however the changes came', () => {
    const list = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.boolean()), {
      selector: ([changed]) => changed,
    });
    fc.assert(
      fc.property(list, (facts) => {
        const all = facts.map(([changed, pinned]) => summary(`s${changed}`, changed, pinned));
        const oneByOne = all.reduce<Summary[]>((items, item) => placed(items, item, false), []);
        expect(oneByOne).toEqual(merged([], all));
      }),
    );
  });

  it('forgets one that was removed', () => {
    expect(ids(without([summary('a', 2), summary('b', 1)], 'a'))).toEqual(['b']);
  });
});
