import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from './pieces.ts';
import { makePlan } from './plan.ts';
import { policies } from './policy.ts';
import type { PromptToken } from './row.ts';

const matrix = { index: 0, inputs: 8, outputs: 8, local: true };
const model = { context: 512, matrices: [matrix] };
const privateModel = { context: 512, matrices: [{ ...matrix, local: false }] };
/** "Hi Maria, call": Hi| Maria|,| call */
const tokens: PromptToken[] = [
  { id: 1, text: null },
  { id: 5, text: { start: 0, end: 2 } },
  { id: 6, text: { start: 2, end: 8 } },
  { id: 7, text: { start: 8, end: 9 } },
  { id: 8, text: { start: 9, end: 14 } },
  { id: 2, text: null },
];
const maria = [{ start: 3, end: 8 }];

describe('pieces of the prompt', () => {
  it('are cut where the route changes', () => {
    const of = (policy: (typeof policies)[number]) =>
      piecesOf(makePlan({ tokens, spans: maria, policy, model }), 14).map(({ start, end, route }) => [start, end, route]); // prettier-ignore
    expect(of('exact')).toEqual([[0, 2, 'local'], [2, 8, 'sensitive'], [8, 14, 'follows']]); // prettier-ignore
    expect(of('masked-attention')).toEqual([[0, 2, 'local'], [2, 8, 'sensitive'], [8, 14, 'local']]); // prettier-ignore
    expect(of('everything')).toEqual([[0, 2, 'follows'], [2, 8, 'sensitive'], [8, 14, 'follows']]); // prettier-ignore
  });

  it('all leave encrypted with a pack whose weights are elsewhere', () => {
    const plan = makePlan({ tokens, spans: maria, policy: 'exact', model: privateModel });
    expect(piecesOf(plan, 14).map(({ route }) => route)).toEqual(['follows', 'sensitive', 'follows']);
  });

  it('leave out the tokens of earlier turns', () => {
    const earlier: PromptToken[] = [{ id: 9, text: { start: 15, end: 20 } }, ...tokens];
    const plan = makePlan({ tokens: earlier, spans: [{ start: 15, end: 20 }], policy: 'exact', model });
    expect(piecesOf(plan, 14)).toEqual([{ start: 0, end: 14, route: 'follows' }]);
  });

  it('cover a prompt without gaps, and every sensitive character as sensitive', () => {
    const token = fc.record({ length: fc.integer({ min: 1, max: 4 }), shares: fc.boolean() });
    const spans = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 })), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 20 }), spans, fc.constantFrom(...policies), (list, cuts, policy) => {
        let at = 0;
        const made = list.map(({ length, shares }, id): PromptToken => {
          const start = shares && at > 0 ? at - 1 : at;
          at += length;
          return { id, text: { start, end: at } };
        });
        const inside = cuts.map(([start, length]) => ({ start: start % at, end: Math.min(at, (start % at) + length) }));
        const plan = makePlan({ tokens: made, spans: inside, policy, model });
        const pieces = piecesOf(plan, at);
        expect(pieces[0]?.start).toBe(0);
        expect(pieces.at(-1)?.end).toBe(at);
        pieces.slice(1).forEach((piece, i) => expect(piece.start).toBe(pieces[i]?.end));
        for (const { start, end } of inside) {
          for (let unit = start; unit < end; unit++) {
            const piece = pieces.find((one) => one.start <= unit && unit < one.end);
            expect(piece?.route).toBe('sensitive');
          }
        }
      }),
    ); // prettier-ignore
  });
});
