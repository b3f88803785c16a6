import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlanInput } from './plan.ts';
import { makePlan, rowAt } from './plan.ts';
import { policies } from './policy.ts';
import type { PromptToken, TextRange } from './row.ts';
import type { RowsRead } from './rows-read.ts';
import { visible } from './visibility.ts';

const matrix = { index: 0, inputs: 384, outputs: 1152 };
const models = [true, false].map((local) => ({ context: 4096, matrices: [{ ...matrix, local }] }));

/** A question, its answer of `answer` tokens, and a further question, each token one character. */
interface Turns {
  readonly question: number;
  readonly answer: number;
  readonly next: number;
  readonly policy: (typeof policies)[number];
  readonly policyBefore: (typeof policies)[number];
  readonly model: (typeof models)[number];
  readonly secrets: readonly number[];
  readonly rowsPerStep: number;
  /** Slots that were filled when the answer ended. */
  readonly filled: number;
  /** A token that reads otherwise the second time. */
  readonly changed: number | null;
}

const anyTurns: fc.Arbitrary<Turns> = fc.record({
  question: fc.integer({ min: 1, max: 100 }),
  answer: fc.nat(40),
  next: fc.integer({ min: 1, max: 100 }),
  policy: fc.constantFrom(...policies),
  policyBefore: fc.constantFrom(...policies),
  model: fc.constantFrom(...models),
  secrets: fc.array(fc.nat(200), { maxLength: 4 }),
  rowsPerStep: fc.integer({ min: 1, max: 64 }),
  filled: fc.nat(150),
  changed: fc.option(fc.nat(150)),
});

const tokensOf = (count: number, changed: number | null = null): PromptToken[] =>
  Array.from({ length: count }, (_, at) => ({
    id: at === changed ? 7777 : 100 + (at % 50),
    text: { start: at, end: at + 1 },
  }));

function spansIn(secrets: readonly number[], end: number): TextRange[] {
  return secrets.filter((at) => at < end).map((at) => ({ start: at, end: at + 1 }));
}

function readBy(plan: Plan, answer: number, filled: number): RowsRead {
  const slots = Math.min(filled, plan.rows.length + answer);
  const rows = Array.from({ length: slots }, (_, slot) => {
    const row = rowAt(plan, slot);
    return { ...row, token: 100 + (row.position % 50) };
  });
  return { policy: plan.policy, rows };
}

function made({ question, answer, next, model, secrets, rowsPerStep, ...more }: Turns) {
  const first = makePlan({
    tokens: tokensOf(question),
    spans: spansIn(secrets, question),
    policy: more.policyBefore,
    model,
  });
  const read = readBy(first, answer, more.filled);
  const answered = answer === 0 ? [] : [{ start: question, end: question + answer }];
  const input: PlanInput = {
    tokens: tokensOf(question + answer + next, more.changed),
    spans: [...spansIn(secrets, question + answer + next), ...answered],
    policy: more.policy,
    model,
    rowsPerStep,
  };
  const earlier = { tokens: question + answer, read };
  return { first, read, anew: makePlan(input), plan: makePlan({ ...input, earlier }), earlier };
}

/** What the row attends to, beside what it is: all that its keys and values depend on. */
function basisOf(plan: Plan, slot: number, tokenAt: (slot: number) => number | undefined) {
  const from = rowAt(plan, slot);
  const slots = Array.from({ length: slot + 1 }, (_, at) => at);
  return slots
    .filter((at) => visible(from, rowAt(plan, at)))
    .map((at) => ({ slot: at, position: rowAt(plan, at).position, token: tokenAt(at) }));
}

describe('a plan after an answer', () => {
  it('is the plan without it, less the rows that were read', () => {
    fc.assert(
      fc.property(anyTurns, (turns) => {
        const { plan, anew } = made(turns);
        const { kept, steps, ...rest } = plan;
        const { kept: none, steps: all, ...others } = anew;
        expect(none).toBe(0);
        expect(rest).toEqual(others);
        expect(steps.flatMap((step) => step.positions)).toEqual(plan.order.slice(kept));
        let filled = kept;
        for (const step of steps) {
          expect(step.slots.start).toBe(filled);
          filled = step.slots.end;
          for (const position of step.positions) {
            const before = all.find(({ positions }) => positions.includes(position));
            expect(step.protected).toBe(before?.protected);
          }
        }
      }),
    );
  });

  it('keeps rows whose tokens, places and all that they attend to are the same', () => {
    fc.assert(
      fc.property(anyTurns, (turns) => {
        const { plan, first, read } = made(turns);
        for (let slot = 0; slot < plan.kept; slot++) {
          const now = basisOf(plan, slot, (at) => plan.rows[rowAt(plan, at).position]?.token);
          expect(now).toEqual(basisOf(first, slot, (at) => read.rows[at]?.token));
        }
      }),
    );
  });

  it('keeps nothing of its own turn, and always reads the last row', () => {
    fc.assert(
      fc.property(anyTurns, (turns) => {
        const { plan, earlier } = made(turns);
        expect(plan.order.slice(0, plan.kept).every((position) => position < earlier.tokens)).toBe(true);
        expect(plan.steps.at(-1)?.positions.at(-1)).toBe(plan.rows.length - 1);
      }),
    );
  });

  it('keeps all that was read where rows attend to everything before them, up to the first other token', () => {
    const everyRowSees = ['everything', 'exact'] as const;
    const sees = fc.constantFrom(...everyRowSees);
    fc.assert(
      fc.property(anyTurns, sees, sees, (turns, policy, policyBefore) => {
        const { plan, read, earlier } = made({ ...turns, policy, policyBefore });
        const same = turns.changed ?? Infinity;
        expect(plan.kept).toBe(Math.min(read.rows.length, earlier.tokens, same));
      }),
    );
  });

  it('masked-attention: keeps the clear rows, and nothing of another policy', () => {
    const masked: Turns = {
      question: 6,
      answer: 3,
      next: 4,
      policy: 'masked-attention',
      policyBefore: 'masked-attention',
      model: { context: 4096, matrices: [{ ...matrix, local: true }] },
      secrets: [2],
      rowsPerStep: 64,
      filled: 100,
      changed: null,
    };
    // Clear before: 0 1 3 4, for 5 was the last one; now 0 1 3 4 5 and the next question's but its last.
    expect(made(masked).first.order).toEqual([0, 1, 3, 4, 2, 5]);
    expect(made(masked).plan.order.slice(0, 6)).toEqual([0, 1, 3, 4, 5, 9]);
    expect(made(masked).plan.kept).toBe(4);
    expect(made({ ...masked, policyBefore: 'exact' }).plan.kept).toBe(0);
    expect(made({ ...masked, policy: 'exact' }).plan.kept).toBe(0);
    // What is marked today was clear then: clear rows from there on stand elsewhere.
    const { plan, read, earlier } = made(masked);
    const spans = [1, 2, 6, 7, 8].map((at) => ({ start: at, end: at + 1 }));
    const now = makePlan({
      tokens: tokensOf(13),
      spans,
      policy: 'masked-attention',
      model: plan.model,
      earlier,
    });
    expect(now.kept).toBe(1);
    expect(read.rows[1]).toMatchObject({ position: 1, protected: false });
  });
});
