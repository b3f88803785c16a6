/**
 * The plan of an answer: which rows are protected, in which order rows are computed, and by which route. The
 * preview is made from a plan, and the same object is executed.
 */
import { Failure } from '../failure/failure.ts';
import { bucketOf, maxRowsPerRequest } from './bucket.ts';
import type { Policy } from './policy.ts';
import type { PlanMatrix } from './route.ts';
import { clearRowsLeave } from './route.ts';
import type { PlanRow, PromptToken, TextRange } from './row.ts';
import { rowsOf } from './row.ts';
import type { RowsRead } from './rows-read.ts';
import { slotsShared } from './rows-read.ts';

/** What a plan needs to know of a model pack. */
export interface PlanModel {
  /** The most positions that the model reads, prompt and answer together. */
  readonly context: number;
  /** The remote matrices in the order in which a step uses them. */
  readonly matrices: readonly PlanMatrix[];
}

export interface PlanInput {
  readonly tokens: readonly PromptToken[];
  /** Sensitive stretches of the prompt; their order is kept, they may overlap. */
  readonly spans: readonly TextRange[];
  readonly policy: Policy;
  readonly model: PlanModel;
  /** The most tokens of the answer; without it `defaultMaxNewTokens`, or what the context leaves. */
  readonly maxNewTokens?: number;
  /** Rows that travel together while the prompt is read, 1..64. Changes no result, only the number of steps. */
  readonly rowsPerStep?: number;
  /** What an answer before it has read, which need not be read again. */
  readonly earlier?: EarlierTurns;
}

/** The turns before the prompt's own. */
export interface EarlierTurns {
  /** Their tokens: those before the prompt's turn. No others are taken over, so that a prompt is always read as a whole. */
  readonly tokens: number;
  readonly read: RowsRead;
}

export const defaultMaxNewTokens = 128;

/** Rows that pass through the model together, at most 64. */
export interface PlanStep {
  /**
   * Whether its rows travel as protected ones. Clear and protected rows never share a step, with one exception: when
   * this machine lacks weights, all rows leave encrypted, and travel as protected ones together (`clearRowsLeave`).
   */
  readonly protected: boolean;
  /** The cache slots that its rows fill. Slots are given in the order of computing. */
  readonly slots: { readonly start: number; readonly end: number };
  /** Position of each row, in slot order. */
  readonly positions: readonly number[];
  /** Rows of a request that carries the step. */
  readonly bucket: number;
}

export interface Plan {
  readonly policy: Policy;
  readonly model: PlanModel;
  /** The prompt's rows by position. */
  readonly rows: readonly PlanRow[];
  /** Positions of the prompt's rows in slot order: clear rows first, then protected ones. */
  readonly order: readonly number[];
  /** The first slots, whose keys and values are those of an earlier answer (`PlanInput.earlier`). No step computes them. */
  readonly kept: number;
  /** The prompt's steps in the order of computing. The prompt's last row is always the last row of the last step. */
  readonly steps: readonly PlanStep[];
  readonly maxNewTokens: number;
}

/**
 * @throws Failure `usage` for an empty prompt, a span outside the prompt, or more tokens than the context holds; the
 * message names the numbers. Failure `refused` for a span that no token covers. RangeError for `rowsPerStep` outside 1..64.
 */
export function makePlan(input: PlanInput): Plan {
  const { tokens, spans, policy, model } = input;
  const textEnd = tokens.reduce((furthest, token) => Math.max(furthest, token.text?.end ?? 0), 0);
  if (textEnd === 0)
    throw new Failure('usage', 'The prompt is empty.', {
      next: 'Write what you want to ask.',
      reason: 'prompt-empty',
    });
  const maxNewTokens = newTokenLimit(tokens.length, model.context, input.maxNewTokens);
  checkSpans(tokens, spans, textEnd);
  const rows = rowsOf(tokens, spans, policy);
  const clear = rows.filter((row) => !row.protected).map((row) => row.position);
  const secret = rows.filter((row) => row.protected).map((row) => row.position);
  const rowsPerStep = input.rowsPerStep ?? maxRowsPerRequest;
  checkRowsPerStep(rowsPerStep);
  const order = [...clear, ...secret];
  const kept = slotsKept(input.earlier, policy, rows, order);
  const steps = clearRowsLeave(model.matrices)
    ? stepsOf(order, true, kept, rowsPerStep)
    : [
        ...stepsOf(order.slice(0, clear.length), false, kept, rowsPerStep),
        ...stepsOf(order, true, Math.max(kept, clear.length), rowsPerStep),
      ];
  return { policy, model, rows, order, kept, steps, maxNewTokens };
}

/** The step of the `index`-th generated token (from 0): one protected row that sees everything before it. */
export function generatedStep(plan: Plan, index: number): PlanStep {
  const position = plan.rows.length + index;
  return {
    protected: true,
    slots: { start: position, end: position + 1 },
    positions: [position],
    bucket: bucketOf(1),
  };
}

/** The most rows that generated tokens add: the last token of an answer is not fed back. */
export function mostGeneratedRows(plan: Plan): number {
  return plan.maxNewTokens - 1;
}

/** Position and protection of the row in a cache slot, prompt and generated rows alike. */
export function rowAt(plan: Plan, slot: number): { readonly position: number; readonly protected: boolean } {
  const position = plan.order[slot];
  if (position === undefined) return { position: slot, protected: true };
  return { position, protected: plan.rows[position]?.protected ?? true };
}

function slotsKept(
  earlier: EarlierTurns | undefined,
  policy: Policy,
  rows: readonly PlanRow[],
  order: readonly number[],
): number {
  if (!earlier) return 0;
  const tokens = Math.min(earlier.tokens, rows.length - 1);
  const own = order.findIndex((position) => position >= tokens);
  const before = order.slice(0, own).flatMap((position) => rows[position] ?? []);
  return slotsShared(earlier.read, policy, before);
}

/** Steps for the slots of `order` from `first` on. */
function stepsOf(
  order: readonly number[],
  isProtected: boolean,
  first: number,
  rowsPerStep: number,
): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  for (let start = first; start < order.length; start += rowsPerStep) {
    const positions = order.slice(start, start + rowsPerStep);
    steps.push({
      protected: isProtected,
      slots: { start, end: start + positions.length },
      positions,
      bucket: bucketOf(positions.length),
    });
  }
  return steps;
}

function checkSpans(tokens: readonly PromptToken[], spans: readonly TextRange[], textEnd: number): void {
  for (const { start, end } of spans) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start >= end || end > textEnd) {
      throw new Failure(
        'usage',
        `A sensitive span ${start}..${end} is not a stretch of the prompt (0..${textEnd}).`,
      );
    }
    if (!tokens.some(({ text }) => text !== null && text.start < end && start < text.end)) {
      throw new Failure('refused', 'A sensitive span has no token. Nothing was sent.');
    }
  }
}

function checkRowsPerStep(rowsPerStep: number): void {
  if (!Number.isInteger(rowsPerStep) || rowsPerStep < 1 || rowsPerStep > maxRowsPerRequest) {
    throw new RangeError(`a step has 1 to ${maxRowsPerRequest} rows, not ${rowsPerStep}`);
  }
}

function newTokenLimit(promptTokens: number, context: number, wanted: number | undefined): number {
  // The last token of an answer takes no position.
  const room = context - promptTokens + 1;
  if (promptTokens > context) {
    throw new Failure(
      'usage',
      `The prompt has ${promptTokens} tokens; this model reads at most ${context}.`,
      {
        next: `Shorten it by at least ${promptTokens - context} tokens, or use a pack with a longer context.`,
        reason: 'prompt-too-long',
        facts: { tokens: promptTokens, context },
      },
    );
  }
  if (wanted === undefined) return Math.min(defaultMaxNewTokens, room);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new Failure('usage', `An answer has at least 1 token, not ${wanted}.`);
  }
  if (wanted > room) {
    throw new Failure(
      'usage',
      `The prompt's ${promptTokens} tokens and ${wanted} new ones do not fit this model's context of ${context}.`,
      {
        next: `Ask for at most ${room} new tokens, or shorten the prompt.`,
        reason: 'prompt-too-long',
        facts: { tokens: promptTokens, context },
      },
    );
  }
  return wanted;
}
