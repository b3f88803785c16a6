/** One answer, from a prepared question to its receipt. */
import { performance } from 'node:perf_hooks';
import { makeReceipt } from '../../app/receipt/receipt.ts';
import type { Measured, Receipt } from '../../app/receipt/receipt.ts';
import { stageTotals, waterfall } from '../../app/receipt/waterfall.ts';
import type { ProductStage } from '../attention/encrypted-multiplier.ts';
import type { Ledger, Totals } from '../egress/ledger.ts';
import { createEngine } from '../inference/engine.ts';
import type { Finish, GenerateEvent, LayerTime, Reading } from '../inference/engine.ts';
import type { Model } from '../inference/model.ts';
import type { Multiplier } from '../inference/multiplier.ts';
import type { Sampling } from '../inference/sampler.ts';
import type { AnswerRecorder } from './answer-recorder.ts';
import type { EncryptedSession } from './encrypted-session.ts';
import type { PreparedQuestion } from './question.ts';

export interface AnswerRequest {
  readonly prepared: PreparedQuestion;
  readonly model: Model;
  /** Where protected rows are multiplied; `null` for the reference, which sends nothing. */
  readonly remote: {
    readonly session: EncryptedSession;
    readonly ledger: Ledger;
    /** Bytes of evaluation keys that were sent for this answer; those of the session, if not given. */
    readonly keyBytes?: number;
  } | null;
  readonly sampling: Sampling;
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
  readonly recorder?: AnswerRecorder;
  /** Gets what the answer has read, for the next question of its conversation. Not called for an answer that failed. */
  readonly onReading?: (reading: Reading) => void;
}

/**
 * Answers; the generator's result is the receipt. After an abort it returns the receipt of what there was.
 * @throws Failure; the part of an answer that was streamed before an `integrity` failure must be discarded.
 */
export async function* answer(request: AnswerRequest): AsyncGenerator<GenerateEvent, Receipt> {
  const { prepared, model, remote, sampling, stop, signal, recorder, onReading } = request;
  const { plan, reading } = prepared;
  const began = performance.now();
  const before = remote?.ledger.totals('products');
  const stages: ProductStage[] = [];
  const opened = await remote?.session.openMultiplier(
    signal,
    (stage) => stages.push(stage),
    recorder && ((sent) => recorder.onRequest(sent)),
  );
  const multiplier: Multiplier = opened?.multiplier ?? model.local;
  const written = createWritten(began);
  try {
    const engine = createEngine(model, { multiplier });
    const events = engine.generate({ plan, sampling, stop, signal, ...(reading && { reading }) });
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        onReading?.(value);
        break;
      }
      recorder?.onEvent(value);
      if (value.type === 'token') written.add(value);
      if (value.type === 'done') written.finish(value);
      yield value;
    }
  } finally {
    await opened?.close();
  }
  const layers = waterfall(written.layers(), stages);
  const measured: Measured = {
    wire: wireSince(
      before,
      remote?.ledger.totals('products'),
      remote?.keyBytes ?? remote?.session.keyBytes ?? 0,
    ),
    time: {
      total_ms: performance.now() - began,
      first_token_ms: written.firstTokenMs(),
      ...stageTotals(layers),
    },
    verified: opened?.multiplier.verified ?? { products: 0, failed: 0 },
    layers,
  };
  return makeReceipt({
    plan,
    spans: prepared.spans,
    pack: prepared.pack.name,
    answer: written.answer(),
    measured,
    remote: remote && { scheme: remote.session.scheme, server: remote.session.server },
  });
}

/** What the engine wrote so far. */
function createWritten(began: number) {
  const tokens: number[] = [];
  let text = '';
  let firstTokenMs: number | null = null;
  let finish: Finish = 'cancelled';
  let layers: readonly LayerTime[] = [];
  return {
    add(event: Extract<GenerateEvent, { type: 'token' }>) {
      firstTokenMs ??= performance.now() - began;
      tokens.push(event.id);
      text += event.text;
    },
    finish(event: Extract<GenerateEvent, { type: 'done' }>) {
      text += event.text;
      finish = event.finish;
      layers = event.layers;
    },
    answer: () => ({ text, tokens, finish }),
    firstTokenMs: () => firstTokenMs,
    layers: () => layers,
  };
}

function wireSince(before: Totals | undefined, after: Totals | undefined, keys: number): Measured['wire'] {
  if (!before || !after) return { sent: 0, received: 0, messages: 0, keys: 0 };
  return {
    sent: after.sentBytes - before.sentBytes,
    received: after.receivedBytes - before.receivedBytes,
    messages: after.sentMessages - before.sentMessages,
    keys,
  };
}
