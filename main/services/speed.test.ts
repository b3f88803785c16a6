import { describe, expect, it } from 'vitest';
import { makePlan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import type { AnswerTimes, SpeedTable } from './speed.ts';
import { estimateOf, speedTable, withAnswer } from './speed.ts';

const key = { pack: 'p', server: null };
const model = { context: 512, matrices: [{ index: 0, inputs: 8, outputs: 8, local: true }] };
/** Ten clear tokens, then `secret` protected ones. */
const planOf = (secret: number, policy: Policy = 'exact') =>
  makePlan({
    tokens: Array.from({ length: 10 + secret }, (_, i) => ({ id: i, text: { start: i, end: i + 1 } })),
    spans: secret === 0 ? [] : [{ start: 10, end: 11 }],
    policy,
    model,
  });
const times = (changes: Partial<AnswerTimes> = {}): AnswerTimes => ({
  policy: 'exact',
  steps: [
    { protected: false, bucket: 16, rows: 10, ms: 20 },
    { protected: true, bucket: 4, rows: 3, ms: 400 },
  ],
  perToken: 50,
  length: 21,
  ...changes,
});
const after = (...answers: readonly AnswerTimes[]) =>
  answers.reduce((table: SpeedTable, one) => withAnswer(table, key, one), {});

describe('the estimate of an answer', () => {
  it('is none before the first answer by this pack and server', () => {
    expect(estimateOf({}, key, planOf(3))).toBeNull();
    expect(estimateOf(after(times()), { ...key, server: 'x' }, planOf(3))).toBeNull();
    expect(estimateOf(after(times()), { ...key, pack: 'q' }, planOf(3))).toBeNull();
    expect(estimateOf(after(times({ perToken: null, length: null })), key, planOf(3))).toBeNull();
  });

  it('is what the same question took', () => {
    expect(estimateOf(after(times()), key, planOf(3))).toEqual({
      firstToken: 420,
      perToken: 50,
      answer: 420 + 20 * 50,
    });
    expect(estimateOf(after(times()), key, planOf(0))?.firstToken).toBe(20);
  });

  it('takes the nearest size for one that was not measured, which many rows take less than in proportion', () => {
    const seen = times({ steps: [...times().steps, { protected: true, bucket: 64, rows: 64, ms: 3200 }] });
    // Twenty protected rows travel as 32: half of 64.
    const half = (estimateOf(after(seen), key, planOf(20))?.firstToken ?? 0) - 20;
    expect(half).toBeGreaterThan(1600);
    expect(half).toBeLessThan(2000);
    // From a small one, which costs more for each row.
    const grown = (estimateOf(after(times()), key, planOf(20))?.firstToken ?? 0) - 20;
    expect(grown).toBeGreaterThan(400 * 4);
    expect(grown).toBeLessThan(400 * 8);
  });

  it('follows what changes, and is not thrown by one slow answer', () => {
    const slow = after(...Array.from({ length: 20 }, () => times()), times({ perToken: 500 }));
    expect(estimateOf(slow, key, planOf(3))?.perToken).toBe(185);
    const slower = after(times(), ...Array.from({ length: 20 }, () => times({ perToken: 500 })));
    expect(estimateOf(slower, key, planOf(3))?.perToken).toBeGreaterThan(495);
  });

  it('soon forgets a first answer that waited for the server to be ready', () => {
    const cold = times({ steps: [{ protected: true, bucket: 4, rows: 3, ms: 4000 }] });
    const warm = after(cold, times(), times());
    expect(estimateOf(warm, key, planOf(3))?.firstToken).toBeLessThan(800);
  });

  it("has the policy's own usual length, without answers that were stopped", () => {
    const seen = after(
      times({ length: 11 }),
      times({ length: 101 }),
      times({ length: 12 }),
      times({ length: null }),
      times({ policy: 'everything', length: 31 }),
    );
    expect(estimateOf(seen, key, planOf(3))?.answer).toBe(420 + 11 * 50);
    expect(estimateOf(seen, key, planOf(3, 'everything'))?.answer).toBeGreaterThan(30 * 50);
  });

  it('survives being stored, and whatever else lies there', () => {
    const table = after(times());
    expect(speedTable(JSON.parse(JSON.stringify(table)))).toEqual(table);
    for (const wrong of [undefined, null, 3, { p: 1 }, { p: { clear: -1 } }]) expect(speedTable(wrong)).toEqual({});
  }); // prettier-ignore

  it('keeps a bounded number of packs and servers, and of lengths', () => {
    let table: SpeedTable = {};
    for (let i = 0; i < 100; i++) table = withAnswer(table, { pack: `p${i}`, server: null }, times());
    for (let i = 0; i < 100; i++) table = withAnswer(table, { pack: 'p99', server: null }, times());
    expect(Object.keys(table)).toHaveLength(40);
    expect(table['p99 bundled']?.lengths['exact']).toHaveLength(15);
  });
});
