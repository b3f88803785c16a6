import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectOptionsOf } from './detect-settings.ts';
import { createDetector, detect } from './detect.ts';
import {
  applyEdits,
  changeBetween,
  editsFit,
  entitiesOf,
  everywhere,
  moveEdits,
  noEdits,
  unconfirmed,
  wordsOf,
} from './edits.ts';
import type { Edits } from './edits.ts';
import { kinds } from './kinds.ts';
import type { Mark } from './span.ts';

const anyText = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '7', '.', '@', 'é', '\u{1f600}', '\n'),
  maxLength: 40,
});
const anyKind = fc.constantFrom(...kinds);
const anyRange = fc.tuple(fc.nat(60), fc.nat(12)).map(([start, length]) => ({ start, end: start + length }));
const anyEdits: fc.Arbitrary<Edits> = fc.record({
  marked: fc.array(
    fc.tuple(anyRange, anyKind).map(([range, kind]) => ({ ...range, kind })),
    { maxLength: 5 },
  ),
  unmarked: fc.array(
    fc.tuple(anyRange, fc.boolean()).map(([range, confirmed]) => ({ ...range, confirmed })),
    { maxLength: 5 },
  ),
});
const marksIn = (text: string): fc.Arbitrary<Mark[]> =>
  fc.array(fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 8 }), anyKind, fc.constantFrom(0.5, 1)), { maxLength: 5 }).map((list) => {
    let at = 0;
    return list.flatMap(([gap, length, kind, score], index) => {
      const start = at + gap;
      const end = start + length;
      at = end;
      return end <= text.length ? [{ start, end, kind, score, source: 'rule' as const, entity: index + 1 }] : [];
    });
  }); // prettier-ignore
const anyCase = anyText.chain((text) =>
  fc.record({ text: fc.constant(text), marks: marksIn(text), edits: anyEdits }),
);
const covered = (marks: readonly { start: number; end: number }[], at: number) =>
  marks.some(({ start, end }) => start <= at && at < end);
const opener = (mark: Mark) => ['secret', 'key', 'token'].includes(mark.kind) && mark.score === 1;
const mark = (start: number, end: number, kind: Mark['kind'], score = 0.8, entity = 1): Mark => ({
  start,
  end,
  kind,
  score,
  source: 'rule',
  entity,
});

describe('applying edits', () => {
  it('gives sorted, disjoint marks inside the text', () => {
    fc.assert(
      fc.property(anyCase, ({ text, marks, edits }) => {
        const result = applyEdits(text, marks, edits);
        let taken = 0;
        for (const { start, end } of result) {
          expect(start).toBeGreaterThanOrEqual(taken);
          expect(end).toBeGreaterThan(start);
          taken = end;
        }
        expect(taken).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('covers every letter that the user marked, whatever was unmarked', () => {
    fc.assert(
      fc.property(anyCase, ({ text, marks, edits }) => {
        const result = applyEdits(text, marks, edits);
        for (const range of edits.marked) {
          for (let at = range.start; at < Math.min(range.end, text.length); at++) {
            if (/[\p{L}\p{N}]/u.test(text[at] ?? '')) expect(covered(result, at)).toBe(true);
          }
        }
      }),
    );
  });

  it('never uncovers a proven opener without confirmation', () => {
    fc.assert(
      fc.property(anyCase, ({ text, marks, edits }) => {
        const unasked = edits.unmarked.map((range) => ({ ...range, confirmed: false }));
        const result = applyEdits(text, marks, { ...edits, unmarked: unasked });
        for (const kept of marks.filter(opener)) {
          for (let at = kept.start; at < kept.end; at++) {
            if (/[\p{L}\p{N}]/u.test(text[at] ?? '')) expect(covered(result, at)).toBe(true);
          }
        }
      }),
    );
  });

  it('removes what is inside an unmarked stretch, and nothing else', () => {
    fc.assert(
      fc.property(anyCase, ({ text, marks, edits }) => {
        const result = applyEdits(text, marks, { marked: [], unmarked: edits.unmarked });
        const expected = marks.filter(
          (one) =>
            !edits.unmarked.some(
              (range) =>
                range.start <= one.start && one.end <= range.end && (range.confirmed || !opener(one)),
            ),
        );
        expect(result.map(({ start, end }) => [start, end])).toEqual(
          expected.map(({ start, end }) => [start, end]),
        );
      }),
    );
  });

  it('changes nothing without edits but the numbers, which begin at 1', () => {
    const text = 'Mail ann@example.org or ANN@example.org, or call +44 20 7946 0958.';
    const marks = detect(text);
    expect(applyEdits(text, marks, noEdits)).toEqual(marks);
    expect(marks.map(({ entity }) => entity)).toEqual([1, 1, 2]);
  });

  it('gives equal values one entity, detected or marked by hand', () => {
    const text = 'Falcon meets falcon at ann@example.org; Falcon leaves.';
    const edits = { marked: [...everywhere(text, { start: 0, end: 6 }, 'custom')], unmarked: [] };
    const result = applyEdits(text, detect(text), edits);
    expect(result.map(({ start, kind, entity }) => [start, kind, entity])).toEqual([
      [0, 'custom', 1],
      [13, 'custom', 1],
      [23, 'email', 2],
      [40, 'custom', 1],
    ]);
  });

  it('goes on with the numbers of earlier questions', () => {
    const first = 'Write to ann@example.org about Falcon.';
    const edits = { marked: [{ start: 31, end: 37, kind: 'custom' as const }], unmarked: [] };
    const earlier = { text: first, marks: applyEdits(first, detect(first), edits), edits };
    const known = entitiesOf([earlier]);
    const second = 'FALCON is late; tell bob@example.org and Ann@example.org.';
    const marks = createDetector({ words: wordsOf([earlier]) }).detect(second);
    expect(applyEdits(second, marks, noEdits, known).map(({ entity }) => entity)).toEqual([2, 3, 1]);
  });

  it('keeps a proven key until the user confirms', () => {
    const text = 'use AKIAQYLPMN5HHHFPZAM2 here';
    const key = mark(4, 24, 'key', 1);
    const edits = { marked: [], unmarked: [{ start: 4, end: 24, confirmed: false }] };
    expect(applyEdits(text, [key], edits)).toHaveLength(1);
    expect(unconfirmed([key], edits)).toEqual([key]);
    const asked = { marked: [], unmarked: [{ start: 4, end: 24, confirmed: true }] };
    expect(applyEdits(text, [key], asked)).toEqual([]);
    expect(unconfirmed([key], asked)).toEqual([]);
  });

  it('never cuts a character in two', () => {
    const edits = { marked: [{ start: 1, end: 3, kind: 'custom' as const }], unmarked: [] };
    expect(applyEdits('\u{1f600}\u{1f600}', [], edits)).toMatchObject([{ start: 0, end: 4 }]);
  });

  it('knows edits of another text', () => {
    expect(editsFit('abc', { marked: [{ start: 1, end: 3, kind: 'custom' }], unmarked: [] })).toBe(true);
    expect(editsFit('abc', { marked: [{ start: 1, end: 4, kind: 'custom' }], unmarked: [] })).toBe(false);
    expect(editsFit('abc', { marked: [], unmarked: [{ start: 2, end: 2, confirmed: false }] })).toBe(false);
  });
});

describe('what was unmarked and then written on', () => {
  it.each([
    ['She was born 14 March', ' 1986.', '14 March 1986'],
    ['Call 030 1234567', '89 now.', '030 123456789'],
  ])('%s%s', (before, typed, longer) => {
    const valueIn = (text: string, { start, end }: Mark) => text.slice(start, end);
    const [shorter] = detect(before);
    if (!shorter) throw new Error('nothing is found');
    const unmarked = [{ start: shorter.start, end: shorter.end, confirmed: false }];
    const edits = { marked: [], unmarked };
    expect(applyEdits(before, detect(before), edits)).toEqual([]);

    const after = before + typed;
    const moved = moveEdits(edits, changeBetween(before, after));
    const left = applyEdits(after, detect(after), moved);
    expect(left.map((one) => valueIn(after, one))).toEqual([longer]);

    // What is written elsewhere takes nothing of it back.
    const beside = `${before}, and so on.`;
    const kept = moveEdits(edits, changeBetween(before, beside));
    expect(applyEdits(beside, detect(beside), kept)).toEqual([]);
  });
});

describe('everywhere', () => {
  it('finds the value as a whole word, whatever its case and spacing, and the stretch itself', () => {
    const text = 'Ana  Ruiz, ana ruiz, Anabel, An';
    expect(everywhere(text, { start: 0, end: 9 }, 'person').map(({ start, end }) => [start, end])).toEqual([
      [0, 9],
      [11, 19],
    ]);
    // A part of a word is marked where the user marked it, and where it stands alone.
    expect(everywhere(text, { start: 21, end: 23 }, 'person').map(({ start, end }) => [start, end])).toEqual([
      [21, 23],
      [29, 31],
    ]);
  });
});

describe('moving edits', () => {
  const edits: Edits = {
    marked: [{ start: 4, end: 9, kind: 'person' }],
    unmarked: [{ start: 12, end: 15, confirmed: false }],
  };
  it.each([
    ['before both', { at: 0, removed: 0, inserted: 3 }, [[7, 12]], [[15, 18]]],
    ['before, some removed', { at: 0, removed: 2, inserted: 0 }, [[2, 7]], [[10, 13]]],
    ['right before', { at: 4, removed: 0, inserted: 1 }, [[5, 10]], [[13, 16]]],
    ['right behind', { at: 9, removed: 0, inserted: 1 }, [[4, 9]], [[13, 16]]],
    ['inside a marked one', { at: 6, removed: 1, inserted: 2 }, [[4, 10]], [[13, 16]]],
    ['over its beginning', { at: 2, removed: 4, inserted: 1 }, [[3, 6]], [[9, 12]]],
    ['over its end', { at: 8, removed: 2, inserted: 0 }, [[4, 8]], [[10, 13]]],
    ['over all of it', { at: 4, removed: 5, inserted: 9 }, [], [[16, 19]]],
    ['inside an unmarked one', { at: 13, removed: 1, inserted: 1 }, [[4, 9]], []],
    ['behind both', { at: 15, removed: 0, inserted: 4 }, [[4, 9]], [[12, 15]]],
  ])('%s', (_, change, marked, unmarked) => {
    const moved = moveEdits(edits, change);
    expect(moved.marked.map(({ start, end }) => [start, end])).toEqual(marked);
    expect(moved.unmarked.map(({ start, end }) => [start, end])).toEqual(unmarked);
  });

  it('keeps every marked letter that is still there marked', () => {
    fc.assert(
      fc.property(anyText, anyText, anyEdits, (before, after, some) => {
        const inside = { ...some, marked: some.marked.filter(({ start, end }) => start < end && end <= before.length) }; // prettier-ignore
        const change = changeBetween(before, after);
        const moved = moveEdits(inside, change);
        expect(editsFit(after, { marked: moved.marked, unmarked: [] })).toBe(true);
        for (const range of inside.marked) {
          for (let at = range.start; at < range.end; at++) {
            if (at >= change.at && at < change.at + change.removed) continue;
            const now = at < change.at ? at : at + change.inserted - change.removed;
            expect(covered(moved.marked, now)).toBe(true);
          }
        }
      }),
    );
  });

  it('finds the change between two texts', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        const { at, removed, inserted } = changeBetween(before, after);
        expect(before.slice(0, at) + after.slice(at, at + inserted) + before.slice(at + removed)).toBe(after);
      }),
    );
  });
});

describe('detection settings', () => {
  const settings = {
    kindsOff: ['email' as const],
    threshold: 0.4,
    words: [{ text: 'Falcon', kind: 'custom' as const, pattern: false }],
    allow: [{ text: '+44 20 7946 0958', confirmed: false }],
    placeholders: false,
    regions: ['GB', 'QQ'],
  };
  it('are what a detector runs with', () => {
    const options = detectOptionsOf(settings, [{ text: 'Kestrel' }]);
    const text = 'Falcon, Kestrel: ann@example.org, +44 20 7946 0958, IP 203.0.113.9';
    expect(createDetector(options).detect(text).map(({ kind }) => kind)).toEqual(['custom', 'custom', 'ip']); // prettier-ignore
    expect(options.regions).toEqual(['GB']);
  });
});
