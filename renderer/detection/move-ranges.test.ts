import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveRanges } from './move-ranges.ts';

describe('moveRanges', () => {
  const marks = [
    { start: 0, end: 4 },
    { start: 10, end: 14 },
    { start: 20, end: 24 },
  ];
  it.each([
    [
      'typing before',
      { at: 5, removed: 0, inserted: 3 },
      [
        [0, 4],
        [13, 17],
        [23, 27],
      ],
    ],
    [
      'typing inside',
      { at: 12, removed: 0, inserted: 2 },
      [
        [0, 4],
        [10, 16],
        [22, 26],
      ],
    ],
    [
      'typing right behind',
      { at: 14, removed: 0, inserted: 2 },
      [
        [0, 4],
        [10, 14],
        [22, 26],
      ],
    ],
    [
      'typing right before',
      { at: 10, removed: 0, inserted: 2 },
      [
        [0, 4],
        [12, 16],
        [22, 26],
      ],
    ],
    [
      'deleting one',
      { at: 10, removed: 4, inserted: 0 },
      [
        [0, 4],
        [16, 20],
      ],
    ],
    [
      'deleting across two',
      { at: 12, removed: 10, inserted: 1 },
      [
        [0, 4],
        [10, 12],
        [13, 15],
      ],
    ],
  ] as const)('%s', (_, change, moved) => {
    expect(moveRanges(marks, change).map(({ start, end }) => [start, end])).toEqual(moved);
  });

  it('keeps them in order, apart and within the text', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(30), (at, removed, inserted) => {
        const length = 40;
        const change = { at, removed: Math.min(removed, length - at), inserted };
        const moved = moveRanges(marks, change);
        let last = 0;
        for (const { start, end } of moved) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(length - change.removed + inserted);
      }),
    );
  });
});
