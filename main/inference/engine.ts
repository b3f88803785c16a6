/** The decode loop: reads a planned prompt, then writes an answer token by token. */
import type { Plan, PlanStep } from '../../app/plan/plan.ts';
import { generatedStep, rowAt } from '../../app/plan/plan.ts';
import type { RowsRead } from '../../app/plan/rows-read.ts';
import { slotsShared } from '../../app/plan/rows-read.ts';
import { Failure } from '../../app/failure/failure.ts';
import { stopIfAborted } from './cancel.ts';
import type { Forward, Registers, Stage } from './forward.ts';
import { forward, logitsOf } from './forward.ts';
import type { FloatTensor } from './graphs.ts';
import type { KvCache } from './kv-cache.ts';
import { createKvCache } from './kv-cache.ts';
import type { Model } from './model.ts';
import type { Multiplier } from './multiplier.ts';
import { endTokens } from './prompt.ts';
import type { Sampling } from './sampler.ts';
import { createSampler, defaultSampling } from './sampler.ts';
import { createStopScanner } from './stop-strings.ts';
import { createTextStream } from './text-stream.ts';

export type Finish = 'stop' | 'length' | 'cancelled';

/** Plain data, so that an engine can live in another process. */
export type GenerateEvent =
  | {
      /** A layer of one of the prompt's steps is done. Both count from 1. */
      readonly type: 'prefill';
      readonly step: number;
      readonly steps: number;
      readonly layer: number;
      readonly layers: number;
      /** Rows of the step. */
      readonly rows: number;
    }
  | {
      readonly type: 'token';
      readonly id: number;
      /** What can be shown by now: a half character or a possible stop string is held back. May be empty. */
      readonly text: string;
    }
  | {
      /** A product was wrong: no further token comes, and the answer fails when it has been asked for to its length. */
      readonly type: 'discarded';
    }
  | {
      readonly type: 'done';
      readonly finish: Finish;
      /** Text that was held back and turned out to belong to the answer; append it. */
      readonly text: string;
      /** What the answer's stages took, layer by layer. */
      readonly layers: readonly LayerTime[];
    };

/** Milliseconds that a layer took in all steps of an answer; `layer` is `null` for embedding and head. */
export interface LayerTime {
  readonly layer: number | null;
  /** Graphs and local products: on this machine's processor. */
  readonly localMs: number;
  /** Products by the engine's multiplier, from rows to sums. */
  readonly encryptedMs: number;
}

/** What an answer has read, for the next one of its conversation. It is not changed any more. */
export interface Reading extends RowsRead {
  /** Keys and values of `rows`, in their order. */
  readonly cache: Pick<KvCache, 'copy' | 'bytes'>;
}

export interface GenerateRequest {
  readonly plan: Plan;
  /** What the plan was made with (`PlanInput.earlier`), for one that keeps rows. */
  readonly reading?: Reading;
  readonly sampling?: Sampling;
  /** The answer ends before the first of these. */
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Score {
  /** The prompt's token ids by position. */
  readonly tokens: readonly number[];
  /** Natural logarithm of each token's probability after those before it; `null` for the first. */
  readonly logprobs: readonly (number | null)[];
}

export interface Engine {
  /**
   * Answers. After an abort the last event is `done` with finish `cancelled`; leaving the loop early stops as well.
   * An answer ends with `stop` at the pack's end tokens (not emitted) or at a stop string.
   * @returns what was read, of an aborted answer too.
   * @throws Failure `usage` for settings out of range; `pack`, and what the multiplier throws, when it fails. RangeError
   *   for a plan that keeps other rows than those of `reading`.
   */
  generate(request: GenerateRequest): AsyncGenerator<GenerateEvent, Reading>;
  /** The probability of the planned text itself, under the plan's policy. @throws Failure; `cancelled` after an abort. */
  score(request: { readonly plan: Plan; readonly signal?: AbortSignal }): Promise<Score>;
}

export interface EngineOptions {
  /** Answers the products on route `encrypted`. With `model.local` the engine is the reference: nothing leaves. */
  readonly multiplier: Multiplier;
  /** For tests that look at every number: all registers after each stage. */
  readonly onStage?: (stage: Stage, registers: Registers, step: PlanStep) => void;
}

export function createEngine(model: Model, options: EngineOptions): Engine {
  return {
    generate: (request) => generate(model, options, request),
    score: (request) => score(model, options, request),
  };
}

async function* generate(
  model: Model,
  options: EngineOptions,
  request: GenerateRequest,
): AsyncGenerator<GenerateEvent, Reading> {
  const { plan, reading, signal = new AbortController().signal } = request;
  const times = createLayerTimes();
  const writer = createWriter(model, request);
  const run = startRun(model, options, plan, signal, times, reading);
  const written: number[] = [];
  let finish: Finish;
  try {
    finish = yield* answer(run, writer, written);
  } catch (error) {
    const stopped = signal.aborted && error instanceof Failure && error.code === 'cancelled';
    if (!stopped && !options.multiplier.spoilt) throw error;
    finish = 'cancelled';
  }
  await endSpoilt(options.multiplier);
  yield { type: 'done', finish, text: writer.heldBack(), layers: times.all() };
  return readingOf(run, written);
}

/** @throws Failure for an answer that is to be discarded, however it ended. */
async function endSpoilt({ spoilt }: Multiplier): Promise<void> {
  if (spoilt) throw await spoilt.end();
}

/** @param written the answer's tokens. */
function readingOf({ plan, cache }: Forward, written: readonly number[]): Reading {
  const rows = Array.from({ length: cache.filled() }, (_, slot) => {
    const row = rowAt(plan, slot);
    const token = plan.rows[row.position]?.token ?? written[row.position - plan.rows.length];
    if (token === undefined) throw new RangeError(`no token at ${row.position}`);
    return { ...row, token };
  });
  return { policy: plan.policy, rows, cache };
}

/** @param written gets the answer's tokens. */
async function* answer(
  run: Forward,
  writer: Writer,
  written: number[],
): AsyncGenerator<GenerateEvent, Finish> {
  const { plan, signal } = run;
  let logits = yield* prefill(run);
  let isSpoilt = false;
  for (let index = 0; ; index++) {
    stopIfAborted(signal);
    if (run.multiplier.spoilt && !isSpoilt) {
      isSpoilt = true;
      yield { type: 'discarded' };
    }
    // What is to be discarded is not shown, and ends at its length alone.
    const id = isSpoilt ? 0 : writer.choose(logits);
    if (id === null) return 'stop';
    written.push(id);
    if (!isSpoilt) {
      const { text, stopped } = writer.push(id);
      yield { type: 'token', id, text };
      if (stopped) return 'stop';
    }
    if (index + 1 === plan.maxNewTokens) return 'length';
    logits = await generatedLogits(run, generatedStep(plan, index), id);
  }
}

/** Turns logits into tokens, and tokens into text that may be shown. */
interface Writer {
  /** The next token; `null` at the answer's end. */
  choose(logits: Float32Array): number | null;
  push(id: number): { readonly text: string; readonly stopped: boolean };
  /** What was held back; nothing after a stop string. Ends the text. */
  heldBack(): string;
}

function createWriter(
  { tokenizer, pack }: Model,
  { sampling = defaultSampling, stop = [] }: GenerateRequest,
): Writer {
  const sample = createSampler(sampling);
  const scanner = createStopScanner(stop);
  const ends = endTokens(tokenizer, pack.tokenizer);
  const stream = createTextStream(tokenizer);
  return {
    choose(logits) {
      const id = sample(logits);
      return ends.has(id) ? null : id;
    },
    push: (id) => scanner.push(stream.push(id)),
    heldBack: () => scanner.push(stream.end()).text + scanner.end(),
  };
}

/** Takes the prompt through the model. @returns the logits after its last token. */
async function* prefill(run: Forward): AsyncGenerator<GenerateEvent, Float32Array> {
  const { plan, model } = run;
  const [steps, layers] = [plan.steps.length, model.pack.model.layers];
  let last: { step: PlanStep; x: FloatTensor } | undefined;
  for (const [index, step] of plan.steps.entries()) {
    const rows = step.positions.length;
    const walk = forward(run, step, tokensOf(plan, step));
    for (;;) {
      const { done, value } = await walk.next();
      if (done) {
        last = { step, x: value };
        break;
      }
      yield { type: 'prefill', step: index + 1, steps, layer: value + 1, layers, rows };
    }
  }
  if (!last) throw new Failure('usage', 'The prompt is empty.');
  const row = last.step.positions.length - 1;
  return only(await logitsOf(run, last.step, last.x, row, row + 1));
}

async function generatedLogits(run: Forward, step: PlanStep, id: number): Promise<Float32Array> {
  const x = await finished(forward(run, step, [id]));
  return only(await logitsOf(run, step, x, 0, 1));
}

async function score(
  model: Model,
  options: EngineOptions,
  { plan, signal = new AbortController().signal }: { readonly plan: Plan; readonly signal?: AbortSignal },
): Promise<Score> {
  const run = startRun(model, options, plan, signal, createLayerTimes());
  const tokens = plan.rows.map((row) => row.token);
  const logprobs = new Array<number | null>(tokens.length).fill(null);
  try {
    for (const step of plan.steps) {
      const x = await finished(forward(run, step, tokensOf(plan, step)));
      const rows = await logitsOf(run, step, x, 0, step.positions.length);
      for (const [row, position] of step.positions.entries()) {
        const [logits, next] = [rows[row], tokens[position + 1]];
        if (logits && next !== undefined) logprobs[position + 1] = logProbability(logits, next);
      }
    }
  } finally {
    await endSpoilt(options.multiplier);
  }
  return { tokens, logprobs };
}

/** log softmax at one id. The largest logit is taken out first, so that no exponential overflows. */
function logProbability(logits: Float32Array, id: number): number {
  let most = -Infinity;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return (logits[id] ?? -Infinity) - most - Math.log(sum);
}

function startRun(
  model: Model,
  options: EngineOptions,
  plan: Plan,
  signal: AbortSignal,
  times: LayerTimes,
  reading?: Reading,
): Forward {
  const { model: facts, padding } = model.pack;
  const shape = {
    layers: facts.layers,
    slotSize: facts.kvHeads * facts.headSize,
    granule: padding.cache,
    context: facts.context,
  };
  const expected = plan.rows.length;
  const cache =
    plan.kept === 0
      ? createKvCache(shape, expected)
      : keptRows(plan, reading).cache.copy(plan.kept, expected);
  return {
    model,
    plan,
    multiplier: options.multiplier,
    cache,
    signal,
    onStage(stage, registers, step) {
      times.add(stage);
      options.onStage?.(stage, registers, step);
    },
  };
}

/** The reading whose rows the plan keeps. @throws RangeError when it has not read them. */
function keptRows(plan: Plan, reading: Reading | undefined): Reading {
  const kept = plan.order.slice(0, plan.kept).flatMap((position) => plan.rows[position] ?? []);
  if (!reading || slotsShared(reading, plan.policy, kept) < plan.kept) {
    throw new RangeError('the plan keeps rows that were not read');
  }
  return reading;
}

interface LayerTimes {
  add(stage: Stage): void;
  all(): readonly LayerTime[];
}

function createLayerTimes(): LayerTimes {
  const times = new Map<number | null, { layer: number | null; localMs: number; encryptedMs: number }>();
  return {
    add({ layer, kind, ms }) {
      const time = times.get(layer) ?? { layer, localMs: 0, encryptedMs: 0 };
      if (kind === 'encrypted') time.encryptedMs += ms;
      else time.localMs += ms;
      times.set(layer, time);
    },
    all: () => [...times.values()].map((time) => ({ ...time })),
  };
}

function tokensOf(plan: Plan, step: PlanStep): readonly number[] {
  return step.positions.map((position) => plan.rows[position]?.token ?? 0);
}

async function finished(walk: AsyncGenerator<number, FloatTensor>): Promise<FloatTensor> {
  for (;;) {
    const { done, value } = await walk.next();
    if (done) return value;
  }
}

function only(rows: readonly Float32Array[]): Float32Array {
  const [row] = rows;
  if (!row) throw new Failure('pack', 'The model gave no logits.');
  return row;
}
