import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../failure/failure.ts';
import { bucketOf } from './bucket.ts';
import type { Plan, PlanInput } from './plan.ts';
import { generatedStep, makePlan, rowAt } from './plan.ts';
import { policies } from './policy.ts';
import type { PromptToken, TextRange } from './row.ts';
import { clearRowsLeave, routeOf } from './route.ts';
import { attentionMask, hidden, visible } from './visibility.ts';
import type { WireSizes } from './wire.ts';
import { predictWire } from './wire.ts';

const local = { index: 0, inputs: 384, outputs: 1152, local: true };
const priv = { index: 1, inputs: 384, outputs: 384, local: false };
const model = { context: 512, matrices: [local, { ...priv, local: true }] };
const privateModel = { context: 512, matrices: [{ ...local, local: false }, priv] };
/** A provider may keep the weights of one matrix alone. */
const mixedModel = { context: 512, matrices: [local, priv] };
const sizes: WireSizes = (matrix, bucket) => ({
  request: 100 + bucket * matrix.inputs,
  response: 50 + bucket * matrix.outputs,
});

/** `lengths` are the tokens' lengths in characters; a template token before and after. */
function promptOf(lengths: readonly number[]): PromptToken[] {
  const tokens: PromptToken[] = [{ id: 1, text: null }];
  let start = 0;
  for (const length of lengths) {
    tokens.push({ id: 100 + (tokens.length % 50), text: { start, end: start + length } });
    start += length;
  }
  return [...tokens, { id: 2, text: null }];
}

const anyPrompt = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 200 })
  .chain((lengths) => {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const span = fc
      .tuple(fc.nat(total - 1), fc.integer({ min: 1, max: 9 }))
      .map(([start, length]): TextRange => ({ start, end: Math.min(total, start + length) }));
    return fc.record({ tokens: fc.constant(promptOf(lengths)), spans: fc.array(span, { maxLength: 4 }) });
  });
const anyPolicy = fc.constantFrom(...policies);
const anyInput: fc.Arbitrary<PlanInput> = fc
  .record({
    prompt: anyPrompt,
    policy: anyPolicy,
    rowsPerStep: fc.integer({ min: 1, max: 64 }),
    model: fc.constantFrom(model, mixedModel, privateModel),
  })
  .map(({ prompt, ...rest }) => ({ ...prompt, ...rest }));

const rowsWhere = (plan: Plan, wanted: boolean) =>
  plan.rows.filter((row) => row.protected === wanted).map((row) => row.position);

describe('which rows are protected', () => {
  // "Hi Maria, call me": Hi| Maria|,| call| me
  const tokens = promptOf([2, 6, 1, 5, 3]);
  const maria = { start: 3, end: 8 };

  it('everything: every row', () => {
    const plan = makePlan({ tokens, spans: [maria], policy: 'everything', model });
    expect(plan.rows.map((row) => row.reason)).toEqual([
      'policy', 'policy', 'sensitive', 'policy', 'policy', 'policy', 'policy',
    ]); // prettier-ignore
  });

  it('exact: from the first sensitive token on', () => {
    const plan = makePlan({ tokens, spans: [maria], policy: 'exact', model });
    expect(plan.rows.map((row) => row.reason)).toEqual([
      null, null, 'sensitive', 'follows', 'follows', 'follows', 'follows',
    ]); // prettier-ignore
    expect(plan.rows[2]?.span).toBe(0);
  });

  it('exact without a sensitive token: the prompt stays clear, the answer is protected', () => {
    const plan = makePlan({ tokens, spans: [], policy: 'exact', model });
    expect(rowsWhere(plan, true)).toEqual([]);
    expect(generatedStep(plan, 0)).toMatchObject({ protected: true, positions: [7], bucket: 1 });
  });

  it('masked-attention: the sensitive tokens and the last one', () => {
    const plan = makePlan({ tokens, spans: [maria], policy: 'masked-attention', model });
    expect(plan.rows.map((row) => row.reason)).toEqual([null, null, 'sensitive', null, null, null, 'last']);
    expect(plan.order).toEqual([0, 1, 3, 4, 5, 2, 6]);
  });

  it('a token that holds one character of a span is sensitive, on either edge', () => {
    const plan = makePlan({ tokens, spans: [{ start: 7, end: 9 }], policy: 'masked-attention', model });
    expect(plan.rows.map((row) => row.reason)).toEqual([
      null,
      null,
      'sensitive',
      'sensitive',
      null,
      null,
      'last',
    ]);
  });

  it('a neighbour that only touches a span is not sensitive', () => {
    const plan = makePlan({ tokens, spans: [{ start: 8, end: 9 }], policy: 'masked-attention', model });
    expect(plan.rows.map((row) => row.span)).toEqual([null, null, null, 0, null, null, null]);
  });

  it('two tokens that hold parts of one character are both sensitive', () => {
    const halves: PromptToken[] = [
      { id: 5, text: { start: 0, end: 2 } },
      { id: 6, text: { start: 0, end: 2 } },
      { id: 7, text: { start: 2, end: 3 } },
    ];
    const plan = makePlan({
      tokens: halves,
      spans: [{ start: 0, end: 2 }],
      policy: 'masked-attention',
      model,
    });
    expect(plan.rows.map((row) => row.reason)).toEqual(['sensitive', 'sensitive', 'last']);
  });
});

describe('properties of every plan', () => {
  it('exact: no clear row comes after a sensitive one', () => {
    fc.assert(
      fc.property(anyPrompt, (prompt) => {
        const plan = makePlan({ ...prompt, policy: 'exact', model });
        const first = plan.rows.findIndex((row) => row.reason === 'sensitive');
        const clear = rowsWhere(plan, false);
        return first === -1 ? clear.length === plan.rows.length : clear.every((position) => position < first);
      }),
    );
  });

  it('no clear row attends to a protected one, directly or through others', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = makePlan(input);
        // Visibility is transitive within clear rows, so one edge is enough to look at.
        return plan.rows.every(
          (from) => from.protected || plan.rows.every((to) => !visible(from, to) || !to.protected),
        );
      }),
    );
  });

  it('every row attends to itself, and to nothing later', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { rows } = makePlan(input);
        return rows.every(
          (row) => visible(row, row) && rows.slice(row.position + 1).every((to) => !visible(row, to)),
        );
      }),
    );
  });

  it('everything and exact: a row attends to all before it, as in the plain model', () => {
    fc.assert(
      fc.property(anyPrompt, fc.constantFrom('everything' as const, 'exact' as const), (prompt, policy) => {
        const { rows } = makePlan({ ...prompt, policy, model });
        return rows.every((from) => rows.slice(0, from.position + 1).every((to) => visible(from, to)));
      }),
    );
  });

  it('each row is computed once, clear rows first; a row sees only rows of its own or an earlier step', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = makePlan(input);
        expect([...plan.order].sort((a, b) => a - b)).toEqual(plan.rows.map((row) => row.position));
        expect(plan.steps.flatMap((step) => step.positions)).toEqual(plan.order);
        let filled = 0;
        for (const step of plan.steps) {
          expect(step.slots.start).toBe(filled);
          filled = step.slots.end;
          expect(step.positions.length).toBe(step.slots.end - step.slots.start);
          expect(step.bucket).toBe(bucketOf(step.positions.length));
          for (const position of step.positions) {
            const row = plan.rows[position];
            expect(step.protected).toBe(input.model !== model || row?.protected);
            const later = plan.order.slice(filled).map((to) => plan.rows[to]);
            expect(later.some((to) => row && to && visible(row, to))).toBe(false);
          }
        }
        expect(plan.order.at(-1)).toBe(plan.rows.length - 1);
      }),
    );
  });

  it('is a function of its input', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        expect(makePlan(structuredClone(input))).toEqual(makePlan(input));
      }),
    );
  });

  it('swapping a secret for another of as many tokens changes nothing but token ids', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = makePlan(input);
        const other = makePlan({
          ...input,
          tokens: input.tokens.map((token, i) =>
            plan.rows[i]?.span === null ? token : { ...token, id: 7777 },
          ),
        });
        const shape = (of: Plan) => ({ ...of, rows: of.rows.map((row) => ({ ...row, token: 0 })) });
        expect(shape(other)).toEqual(shape(plan));
        expect(predictWire(other, sizes)).toEqual(predictWire(plan, sizes));
      }),
    );
  });
});

describe('mask', () => {
  it('is what `visible` says, for every slot; empty slots are hidden', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = makePlan(input);
        for (const step of [...plan.steps, generatedStep(plan, 0), generatedStep(plan, 3)]) {
          const width = Math.ceil(step.slots.end / 64) * 64;
          const rows = Math.max(2, step.positions.length);
          const mask = attentionMask(plan, step, rows, width);
          expect(mask.length).toBe(rows * width);
          for (let i = 0; i < step.positions.length; i++) {
            for (let slot = 0; slot < width; slot++) {
              const from = rowAt(plan, step.slots.start + i);
              const seen = slot < step.slots.end && visible(from, rowAt(plan, slot));
              if (mask[i * width + slot] !== (seen ? 0 : Math.fround(hidden))) return false;
            }
          }
        }
        return true;
      }),
      { numRuns: 30 },
    );
  });
});

describe('routes', () => {
  it('protected rows are encrypted, clear rows stay here where the weights are', () => {
    expect(routeOf({ protected: true }, local)).toBe('encrypted');
    expect(routeOf({ protected: false }, local)).toBe('local');
  });
  it('without local weights a clear row leaves encrypted too', () => {
    expect(routeOf({ protected: false }, priv)).toBe('encrypted');
  });
  it('clear rows leave where the weights of one matrix are elsewhere', () => {
    expect([model, mixedModel, privateModel].map(({ matrices }) => clearRowsLeave(matrices))).toEqual([
      false, true, true,
    ]); // prettier-ignore
  });
});

describe('buckets', () => {
  it('are powers of two up to 64', () => {
    expect([1, 2, 3, 4, 5, 8, 9, 33, 63, 64].map(bucketOf)).toEqual([1, 2, 4, 4, 8, 8, 16, 64, 64, 64]);
    for (const wrong of [0, -1, 65, 1.5, NaN]) expect(() => bucketOf(wrong)).toThrow(RangeError);
  });
});

describe('wire prediction', () => {
  it('130 protected rows travel as 64, 64 and 2', () => {
    const plan = makePlan({ tokens: promptOf(Array(128).fill(2)), spans: [], policy: 'everything', model });
    const wire = predictWire(plan, sizes);
    expect(wire.steps.map((requests) => requests.map((request) => request.bucket))).toEqual([
      [64, 64],
      [64, 64],
      [2, 2],
    ]);
    expect(wire.prompt).toEqual({
      messages: 6,
      sent: 6 * 100 + 130 * (384 + 384),
      received: 6 * 50 + 130 * (1152 + 384),
    });
    expect(wire.perGeneratedToken).toEqual({ messages: 2, sent: 200 + 768, received: 100 + 1536 });
    expect(wire.atMost.messages).toBe(6 + 127 * 2);
  });

  it('clear rows cost nothing where the weights are here, and an encrypted request where they are not', () => {
    const tokens = promptOf([3, 3]);
    const here = predictWire(makePlan({ tokens, spans: [], policy: 'exact', model }), sizes);
    expect(here.prompt).toEqual({ messages: 0, sent: 0, received: 0 });
    const there = predictWire(makePlan({ tokens, spans: [], policy: 'exact', model: privateModel }), sizes);
    expect(there.prompt.messages).toBe(2);
  });

  it('without all weights here the steps do not tell where the secret is', () => {
    const lacking = fc.constantFrom(privateModel, mixedModel);
    fc.assert(
      fc.property(anyPrompt, anyPolicy, lacking, (prompt, policy, model) => {
        const wireOf = (input: Pick<PlanInput, 'spans' | 'policy'>) =>
          predictWire(makePlan({ ...prompt, ...input, model }), sizes);
        expect(wireOf({ spans: prompt.spans, policy })).toEqual(wireOf({ spans: [], policy: 'everything' }));
      }),
    );
  });

  it('depends on the numbers of rows alone', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const plan = makePlan(input);
        const counts = plan.steps
          .filter((step) => step.protected)
          .map((step) => bucketOf(step.positions.length));
        const expected = counts.reduce(
          (sum, bucket) => sum + sizes(local, bucket).request + sizes(priv, bucket).request,
          0,
        );
        expect(predictWire(plan, sizes).prompt.sent).toBe(expected);
      }),
    );
  });
});

describe('what a plan refuses', () => {
  const failure = (input: Partial<PlanInput>) => {
    try {
      makePlan({ tokens: promptOf([3, 4]), spans: [], policy: 'exact', model, ...input });
    } catch (error) {
      return error instanceof Failure ? `${error.code}: ${error.message} ${error.next ?? ''}`.trim() : error;
    }
    return undefined;
  };

  it('an empty prompt', () => {
    expect(failure({ tokens: promptOf([]) })).toBe('usage: The prompt is empty. Write what you want to ask.');
  });
  it('a prompt longer than the context, naming both numbers', () => {
    expect(failure({ tokens: promptOf(Array(600).fill(1)) })).toBe(
      'usage: The prompt has 602 tokens; this model reads at most 512. ' +
        'Shorten it by at least 90 tokens, or use a pack with a longer context.',
    );
  });
  it('more new tokens than fit', () => {
    expect(failure({ maxNewTokens: 510 })).toBe(
      "usage: The prompt's 4 tokens and 510 new ones do not fit this model's context of 512. " +
        'Ask for at most 509 new tokens, or shorten the prompt.',
    );
    expect(failure({ maxNewTokens: 509 })).toBeUndefined();
    expect(failure({ maxNewTokens: 0 })).toBe('usage: An answer has at least 1 token, not 0.');
  });
  it('a span that is not a stretch of the prompt', () => {
    for (const span of [
      { start: 2, end: 2 },
      { start: -1, end: 2 },
      { start: 3, end: 8 },
      { start: 0.5, end: 2 },
    ]) {
      expect(failure({ spans: [span] })).toMatch(/^usage: A sensitive span/);
    }
  });
  it('a span that no token covers', () => {
    const tokens = [{ id: 4, text: { start: 0, end: 2 } }, { id: 4, text: { start: 5, end: 8 } }]; // prettier-ignore
    expect(failure({ tokens, spans: [{ start: 2, end: 5 }] })).toMatch(/^refused/);
  });
  it('a step of no rows or of more than a request carries', () => {
    expect(failure({ rowsPerStep: 0 })).toBeInstanceOf(RangeError);
    expect(failure({ rowsPerStep: 65 })).toBeInstanceOf(RangeError);
  });
});
