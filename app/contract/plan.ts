/** What would leave this machine: made from the very plan that sending executes. */
import * as v from 'valibot';
import { policies } from '../plan/policy.ts';
import { call } from './method.ts';
import {
  bucketFact,
  count,
  edits,
  finite,
  id,
  list,
  mark,
  packName,
  policy,
  prompt,
  range,
  rowCounts,
  schemeFacts,
  spanFact,
  wireTotals,
} from './shapes.ts';

/** A question before it is asked. What is `null` is taken from the settings. */
export const draft = v.strictObject({
  /** The conversation that it continues; `null` begins one. */
  conversation: v.nullable(id),
  /** Ask this question of the conversation anew: it and all that follows it are replaced. */
  replaces: v.nullable(id),
  text: prompt,
  edits,
  policy: v.nullable(policy),
  pack: v.nullable(packName),
  server: v.nullable(id),
});
export type Draft = v.InferOutput<typeof draft>;

const route = v.picklist(['local', 'encrypted', 'clear']);

/** The fields of `sotto plan --json`. */
const previewSchema = v.strictObject({
  policy,
  pack: v.string(),
  server: v.nullable(v.string()),
  spans: list(spanFact, 100_000),
  rows: rowCounts,
  wire: v.strictObject({ ...wireTotals.entries, keys: count, prompt: wireTotals, per_token: wireTotals }),
  routes: list(
    v.strictObject({
      rows: v.picklist(['clear', 'protected', 'generated']),
      count,
      route,
      matrices: count,
    }),
    16,
  ),
  scheme: v.nullable(schemeFacts),
});

/** One piece of the prompt with its way. */
const piece = v.strictObject({
  ...range.entries,
  /** `sensitive` and `follows` are the two protected shapes of underline; `clear` would leave in clear. */
  route: v.picklist(['sensitive', 'follows', 'local', 'clear']),
});

export const answerPlan = v.strictObject({
  /** Names this plan: `assistant.send` refuses when it would execute another one. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  preview: previewSchema,
  /** The prompt's rows by request size, over all matrices. */
  buckets: list(bucketFact, 32),
  /** Stretches of the prompt in order, without gaps where there is text. */
  pieces: list(piece, 100_000),
  marks: list(mark, 100_000),
  /**
   * Rows of earlier turns that the model reads before the prompt, beside those that it knows still (`rows.kept`), and how
   * many earlier messages no longer fit.
   */
  earlier: v.strictObject({ rows: count, protected: count, messagesLeftOut: count }),
  /** From this machine's own last answers with this pack, server and policy; `null` before the first. Milliseconds. */
  estimate: v.nullable(v.strictObject({ firstToken: finite, perToken: finite, answer: finite })),
  /** How a block to the server begins, as hex: a ciphertext of zeros under a throw-away key. `null` when nothing leaves. */
  sample: v.nullable(v.strictObject({ hex: v.pipe(v.string(), v.regex(/^([0-9a-f]{2})*$/)), bytes: count })),
  server: v.strictObject({
    /** `null` is the bundled one. */
    id: v.nullable(id),
    name: v.string(),
    address: v.nullable(v.string()),
    identity: v.nullable(v.string()),
  }),
});
export type AnswerPlan = v.InferOutput<typeof answerPlan>;

const comparison = v.strictObject({
  policy: v.picklist(policies),
  rows: rowCounts,
  /** Of the prompt. */
  sent: count,
  received: count,
  /** Estimated milliseconds to the first token. */
  firstToken: v.nullable(finite),
  /** The answer is the plain model's, token for token. */
  exact: v.boolean(),
});

export const plan = {
  /** Sends nothing. Fails with `prompt-empty`, `prompt-too-long`, `pack-missing`, `detector-failed`. */
  preview: call({ in: draft, out: answerPlan }),
  /** What each policy would cost and give for this draft. Sends nothing. */
  compare: call({ in: draft, out: v.strictObject({ policies: list(comparison, policies.length) }) }),
};
