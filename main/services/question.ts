/** From what the user typed to the plan that would be executed. Nothing is sent here. */
import { createDetector } from '../../app/detect/detect.ts';
import type { DetectOptions } from '../../app/detect/detect.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import type { Mark } from '../../app/detect/span.ts';
import { Failure } from '../../app/failure/failure.ts';
import { defaultMaxNewTokens, makePlan } from '../../app/plan/plan.ts';
import type { Plan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import { predictWire } from '../../app/plan/wire.ts';
import type { WirePrediction } from '../../app/plan/wire.ts';
import { makePreview } from '../../app/receipt/preview.ts';
import type { Preview } from '../../app/receipt/preview.ts';
import { productSizes } from '../attention/product-sizes.ts';
import { openDetectionModel } from '../detection/model.ts';
import { productMessageBytes } from '../egress/calls.ts';
import type { Reading } from '../inference/engine.ts';
import { planModelOf } from '../inference/plan-model.ts';
import { encodeConversation } from '../inference/prompt.ts';
import type { EarlierMessage } from '../inference/prompt.ts';
import type { Tokenizer } from '../inference/tokenizer.ts';
import type { Pack } from '../packs/pack.ts';
import { packScheme } from './pack-scheme.ts';

export interface Question {
  readonly text: string;
  readonly policy: Policy;
  /** Words that the user marks, beside what detection finds. */
  readonly words: readonly string[];
  readonly maxNewTokens?: number;
}

/** A question whose sensitive words are known. */
export interface MarkedQuestion {
  readonly text: string;
  readonly policy: Policy;
  readonly marks: readonly Mark[];
  /** The conversation before it, oldest first. */
  readonly earlier?: readonly EarlierMessage[];
  /** What an answer of that conversation has read. */
  readonly reading?: Reading | undefined;
  /** The most tokens of the answer; refused when they do not fit. */
  readonly maxNewTokens?: number;
  /** As `maxNewTokens`, or what fits; messages before the question do not give way to more than `defaultMaxNewTokens`. */
  readonly maxNewTokensOrRoom?: number;
}

export interface PreparedQuestion {
  readonly question: { readonly text: string; readonly policy: Policy };
  readonly pack: Pack;
  /** Sensitive stretches of the question. */
  readonly spans: readonly Mark[];
  readonly plan: Plan;
  /** Whose rows the plan keeps; `null` when it keeps none. */
  readonly reading: Reading | null;
  /** The messages that the model reads before the question. */
  readonly earlier: { readonly tokens: number; readonly messagesLeftOut: number };
}

/**
 * Detects, encodes and plans.
 * @throws Failure `usage` for an empty prompt, one that does not fit, or a marked word that is not in it; `refused`
 *   when detection fails: a prompt that was not checked is never sent.
 */
export async function prepareQuestion(
  pack: Pack,
  tokenizer: Tokenizer,
  question: Question,
): Promise<PreparedQuestion> {
  const { text, policy, words, maxNewTokens } = question;
  const marks = await detectSpans(text, words);
  return planQuestion(pack, tokenizer, {
    text,
    policy,
    marks,
    ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
  });
}

/**
 * Refuses a prompt that cannot fit whatever its tokens are, before any time is spent on it.
 * @throws Failure `usage` with reason `prompt-too-long`
 */
export function checkLength(pack: Pack, tokenizer: Tokenizer, text: string): void {
  const { context } = pack.model;
  const tokens = Math.ceil(text.length / tokenizer.longestToken);
  if (tokens <= context) return;
  throw new Failure(
    'usage',
    `The prompt has at least ${tokens} tokens; this model reads at most ${context}.`,
    {
      next: 'Shorten it, or use a pack with a longer context.',
      reason: 'prompt-too-long',
      facts: { tokens, context },
    },
  );
}

/** Encodes and plans. @throws Failure as `makePlan` and `encodeConversation`. */
export async function planQuestion(
  pack: Pack,
  tokenizer: Tokenizer,
  question: MarkedQuestion,
): Promise<PreparedQuestion> {
  const { text, policy, marks, earlier = [], reading } = question;
  checkLength(pack, tokenizer, text);
  // An answer's last token takes no position.
  const positions = pack.model.context + 1;
  const wish = question.maxNewTokensOrRoom ?? defaultMaxNewTokens;
  const reserved = question.maxNewTokens ?? Math.min(wish, defaultMaxNewTokens);
  const encoded = encodeConversation(tokenizer, pack.tokenizer, {
    earlier,
    prompt: text,
    room: (promptTokens) => positions - promptTokens - reserved,
  });
  const limit =
    question.maxNewTokens ??
    (question.maxNewTokensOrRoom === undefined
      ? undefined
      : Math.max(1, Math.min(wish, positions - encoded.tokens.length)));
  const plan = makePlan({
    tokens: encoded.tokens,
    spans: [...marks, ...(await encoded.spans())],
    policy,
    model: planModelOf(pack),
    ...(limit === undefined ? {} : { maxNewTokens: limit }),
    ...(reading && {
      earlier: { tokens: pack.tokenizer.begin.length + encoded.earlierTokens, read: reading },
    }),
  });
  return {
    question: { text, policy },
    pack,
    spans: marks,
    plan,
    reading: plan.kept === 0 ? null : (reading ?? null),
    earlier: { tokens: encoded.earlierTokens, messagesLeftOut: encoded.messagesLeftOut },
  };
}

/** @param server where it would go; `null` for the reference, which sends nothing. */
export function previewOf(prepared: PreparedQuestion, server: string | null, keys: number): Preview {
  const { plan, pack, spans } = prepared;
  return makePreview({
    plan,
    wire: server === null ? null : predictAnswerWire(prepared),
    keys,
    spans,
    pack: pack.name,
    server,
    scheme: server === null ? null : packScheme(pack),
  });
}

/**
 * @param words marked beside what detection finds; each must stand in the text.
 * @throws as `prepareQuestion`
 */
export async function detectSpans(text: string, words: readonly string[]): Promise<readonly Mark[]> {
  const marks = await detectMarks(text, { words });
  for (const word of words) {
    const inPrompt = text.toLowerCase().includes(word.toLowerCase());
    const within = marks.some(({ start, end }) =>
      text.slice(start, end).toLowerCase().includes(word.toLowerCase()),
    );
    if (within) continue;
    throw inPrompt
      ? new Failure(
          'refused',
          'A word given with --sensitive stands in the prompt only as a part of another word.',
          {
            next: 'Give the whole word, as it stands in the prompt. Nothing was sent.',
          },
        )
      : new Failure('usage', 'A word given with --sensitive is not in the prompt. Nothing was sent.', {
          next: 'Check its spelling.',
        });
  }
  return marks;
}

/**
 * By rules and model. @param openModel another model than the installation's, for tests.
 * @throws Failure `refused` with reason `detector-failed`: a prompt that was not checked is never sent.
 */
export function detectMarks(
  text: string,
  options: DetectOptions,
  openModel: () => Promise<Reader> = openDetectionModel,
): Promise<readonly Mark[]> {
  return checked(async () => createDetector(options).detectWith(await openModel(), text));
}

/** What detection finds, or the refusal that stands for a detector that failed. @throws as `detectMarks` */
export async function checked<T>(detect: () => Promise<T>): Promise<T> {
  try {
    return await detect();
  } catch (cause) {
    throw new Failure('refused', 'The prompt could not be checked for sensitive words. Nothing was sent.', {
      next: 'Report this, with the kind of text but not the text itself.',
      reason: 'detector-failed',
      cause,
    });
  }
}

/** What a question's plan will put on the wire. */
export function predictAnswerWire({ pack, plan }: Pick<PreparedQuestion, 'pack' | 'plan'>): WirePrediction {
  const known = messageSizes.get(pack) ?? new Map<string, MessageSize>();
  messageSizes.set(pack, known);
  return predictWire(plan, ({ index }, bucket) => {
    const name = `${index} ${bucket}`;
    const size = known.get(name) ?? messageSize(pack, index, bucket);
    known.set(name, size);
    return size;
  });
}

type MessageSize = ReturnType<typeof productMessageBytes>;

/** Sizes by pack, matrix and bucket: a preview asks for the same few again and again. */
const messageSizes = new WeakMap<Pack, Map<string, MessageSize>>();

function messageSize(pack: Pack, index: number, bucket: number): MessageSize {
  const matrix = pack.matrices[index];
  if (!matrix) throw new RangeError(`the pack has no matrix ${index}`);
  return productMessageBytes({ matrix: index, rows: bucket, ...productSizes(matrix, bucket) });
}
