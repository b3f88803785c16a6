/** Asking, and the answer as it is written. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { draft } from './plan.ts';
import {
  bucketFact,
  count,
  finite,
  id,
  list,
  nothing,
  policy,
  rowCounts,
  schemeFacts,
  serverFacts,
  spanFact,
  text,
  wireTotals,
} from './shapes.ts';

/** The fields of `sotto ask --json`, with the waterfall and what else is on record. */
const receiptSchema = v.strictObject({
  text: v.string(),
  tokens: list(count, 1_000_000),
  finish: v.picklist(['stop', 'length', 'cancelled']),
  policy,
  engine: v.picklist(['encrypted', 'reference']),
  pack: v.string(),
  spans: list(spanFact, 100_000),
  rows: rowCounts,
  wire: v.strictObject({ ...wireTotals.entries, keys: count }),
  time: v.strictObject({
    total_ms: finite,
    first_token_ms: v.nullable(finite),
    server_ms: finite,
    crypto_ms: finite,
    local_ms: finite,
    network_ms: finite,
  }),
  scheme: v.nullable(schemeFacts),
  server: v.nullable(serverFacts),
  verified: v.strictObject({ products: count, failed: count }),
  layers: list(
    v.strictObject({
      layer: v.nullable(count),
      local_ms: finite,
      crypto_ms: finite,
      server_ms: finite,
      network_ms: finite,
    }),
    2048,
  ),
});

export const answerRecord = v.strictObject({
  receipt: receiptSchema,
  /** Requests of the prompt by size, as they were measured at the one door. */
  buckets: list(bucketFact, 32),
  /** The public id of the session key, hex; `null` for the reference. */
  keyId: v.nullable(v.string()),
  /** The first bytes of the first ciphertext that left, its size, and the entropy of its bytes in bits per byte. */
  ciphertext: v.nullable(
    v.strictObject({ hex: v.string(), bytes: count, entropy: v.pipe(finite, v.minValue(0), v.maxValue(8)) }),
  ),
});
export type AnswerRecord = v.InferOutput<typeof answerRecord>;

/** What happens while an answer is made, in order; each can be said in words. */
export const progress = v.variant('type', [
  v.strictObject({
    type: v.literal('accepted'),
    conversation: id,
    question: id,
    answer: id,
    /** False in no-history mode: nothing of it is written. */
    stored: v.boolean(),
  }),
  v.strictObject({ type: v.literal('loading'), pack: v.string() }),
  v.strictObject({ type: v.literal('connecting'), server: v.string() }),
  v.strictObject({ type: v.literal('keys'), sent: count, total: count }),
  v.strictObject({
    type: v.literal('reading'),
    step: count,
    steps: count,
    layer: count,
    layers: count,
    rows: count,
  }),
  v.strictObject({ type: v.literal('text'), text: v.string() }),
  /** A product was wrong: what was streamed is to be discarded, nothing more comes, and the requests go on to their end. */
  v.strictObject({ type: v.literal('discarded') }),
]);
export type Progress = v.InferOutput<typeof progress>;

export const assistant = {
  /**
   * Asks. Stopping the stream ends the answer with finish `cancelled`, and the result still comes. After an error with
   * reason `integrity-failed` the text that was streamed is to be discarded; main keeps none of it.
   */
  send: stream({
    in: v.strictObject({
      draft,
      /** The id of the plan that the user saw. */
      plan: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
    item: progress,
    out: v.strictObject({ conversation: id, answer: id, record: answerRecord }),
  }),
  /** Loads the pack and reaches the server, so that the first answer does not wait for it. */
  warmUp: call({ in: nothing, out: nothing }),
  /** The server that new questions go to, now and after each change; for the title bar. */
  status: stream({
    in: nothing,
    item: v.strictObject({
      state: v.picklist(['idle', 'starting', 'ready', 'unreachable', 'refused', 'certificate-changed']),
      server: v.strictObject({ id: v.nullable(id), name: text(300) }),
      latency: v.nullable(finite),
      message: v.nullable(text(2000)),
    }),
    out: nothing,
  }),
};
