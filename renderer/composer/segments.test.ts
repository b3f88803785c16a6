import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mark } from '../../app/detect/span.ts';
import { markAt, segmentsOf } from './segments.ts';
import type { Piece } from './segments.ts';

const mark = (start: number, end: number): Mark => ({
  start,
  end,
  kind: 'email',
  score: 1,
  source: 'rule',
  entity: 1,
});
const piece = (start: number, end: number, route: Piece['route']): Piece => ({ start, end, route });

/** Sorted disjoint stretches. */
const stretches = fc.uniqueArray(fc.nat(60), { maxLength: 12 }).map((places) => {
  const sorted = places.sort((a, b) => a - b);
  return sorted.flatMap((start, i) =>
    i % 2 === 0 && sorted[i + 1] ? [[start, sorted[i + 1] ?? 0] as const] : [],
  );
});
const routes = ['sensitive', 'follows', 'local', 'clear'] as const;

describe('how a prompt is drawn', () => {
  it('shows marks before there is a plan', () => {
    expect(segmentsOf('Ask Ana now.', [mark(3, 6)], [], 0, 10)).toEqual([
      { start: 0, end: 3, route: 'local', mark: -1 },
      { start: 3, end: 6, route: 'sensitive', mark: 0 },
      { start: 6, end: 10, route: 'local', mark: -1 },
    ]);
  });

  it('shows the ways of a plan beside marks', () => {
    const pieces = [piece(0, 3, 'local'), piece(3, 6, 'sensitive'), piece(6, 10, 'follows')];
    expect(
      segmentsOf('Ask Ana now.', [mark(3, 6)], pieces, 0, 12).map(({ end, route }) => [end, route]),
    ).toEqual([
      [3, 'local'],
      [6, 'sensitive'],
      [10, 'follows'],
      [12, 'local'],
    ]);
  });

  it('shows what leaves encrypted with a mark, beside the space before it, as what leaves encrypted', () => {
    const text = 'Ask Falken now.';
    const pieces = [piece(0, 3, 'local'), piece(3, 10, 'sensitive'), piece(10, 15, 'local')];
    expect(segmentsOf(text, [mark(4, 9)], pieces, 0, 15).map(({ end, route }) => [end, route])).toEqual([
      [4, 'local'],
      [9, 'sensitive'],
      [10, 'follows'],
      [15, 'local'],
    ]);
  });

  it('has no gap, no overlap, and every mark whole', () => {
    fc.assert(
      fc.property(stretches, stretches, fc.nat(60), fc.nat(60), (marked, planned, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const marks = marked.map(([start, end]) => mark(start, end));
        const pieces = planned.map(([start, end], i) => piece(start, end, routes[i % 4] ?? 'local'));
        const segments = segmentsOf('x'.repeat(61), marks, pieces, from, to);
        let at = from;
        for (const segment of segments) {
          expect(segment.start).toBe(at);
          expect(segment.end).toBeGreaterThan(segment.start);
          at = segment.end;
          for (let unit = segment.start; unit < segment.end; unit += 1) {
            const inMark = marks.findIndex(({ start, end }) => start <= unit && unit < end);
            expect(segment.mark).toBe(inMark);
            const way = pieces.find(({ start, end }) => start <= unit && unit < end)?.route;
            const route = inMark >= 0 ? 'sensitive' : way === 'sensitive' ? 'follows' : (way ?? 'local');
            expect(segment.route).toBe(route);
          }
        }
        expect(at).toBe(to);
      }),
    );
  });
});

describe('the mark at the caret', () => {
  const marks = [mark(2, 5), mark(8, 9)];
  it.each([
    [1, -1],
    [2, 0],
    [5, 0],
    [6, -1],
    [8, 1],
    [9, 1],
    [10, -1],
  ])('%i: %i', (at, index) => {
    expect(markAt(marks, at)).toBe(index);
  });
});
