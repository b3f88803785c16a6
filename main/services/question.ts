/** From what the user typed to the plan that would be executed. Nothing is sent here. */
import { createDetector } from '../../app/detect/detect.ts';
import type { Mark } from '../../app/detect/span.ts';
import { Failure } from '../../app/failure/failure.ts';
import { makePlan } from '../../app/plan/plan.ts';
import type { Plan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import { predictWire } from '../../app/plan/wire.ts';
import type { WirePrediction } from '../../app/plan/wire.ts';
import { schemeFacts } from '../../app/receipt/facts.ts';
import type { SchemeFacts } from '../../app/receipt/facts.ts';
import { makePreview } from '../../app/receipt/preview.ts';
import type { Preview } from '../../app/receipt/preview.ts';
import { loadAddon } from '../attention/addon.ts';
import { productSizes } from '../attention/product-sizes.ts';
import { productMessageBytes } from '../egress/calls.ts';
import { planModelOf } from '../inference/plan-model.ts';
import { encodePrompt } from '../inference/prompt.ts';
import type { Tokenizer } from '../inference/tokenizer.ts';
import type { Pack } from '../packs/pack.ts';

export interface Question {
  readonly text: string;
  readonly policy: Policy;
  /** Words that the user marks, beside what detection finds. */
  readonly words: readonly string[];
  readonly maxNewTokens?: number;
}

export interface PreparedQuestion {
  readonly question: Question;
  readonly pack: Pack;
  readonly spans: readonly Mark[];
  readonly plan: Plan;
}

/**
 * Detects, encodes and plans.
 * @throws Failure `usage` for an empty prompt, one that does not fit, or a marked word that is not in it; `refused`
 *   when detection fails: a prompt that was not checked is never sent.
 */
export function prepareQuestion(pack: Pack, tokenizer: Tokenizer, question: Question): PreparedQuestion {
  const spans = detectSpans(question.text, question.words);
  const plan = makePlan({
    tokens: encodePrompt(tokenizer, pack.tokenizer, question.text),
    spans,
    policy: question.policy,
    model: planModelOf(pack),
    ...(question.maxNewTokens === undefined ? {} : { maxNewTokens: question.maxNewTokens }),
  });
  return { question, pack, spans, plan };
}

/** @param server where it would go; `null` for the reference, which sends nothing. */
export function previewOf(prepared: PreparedQuestion, server: string | null, keys: number): Preview {
  const { plan, pack, spans } = prepared;
  return makePreview({
    plan,
    wire: server === null ? null : predictAnswerWire(pack, plan),
    keys,
    spans,
    pack: pack.name,
    server,
    scheme: server === null ? null : packScheme(pack),
  });
}

/** The scheme's parameters, with the largest modulus and the worst failure bound of the pack's matrices. */
export function packScheme(pack: Pack): SchemeFacts {
  return schemeFacts(loadAddon().schemeInfo(), pack.matrices);
}

/**
 * @param words marked beside what detection finds; each must stand in the text.
 * @throws as `prepareQuestion`
 */
export function detectSpans(text: string, words: readonly string[]): readonly Mark[] {
  let marks;
  try {
    marks = createDetector({ words }).detect(text);
  } catch (cause) {
    throw new Failure('refused', 'The prompt could not be checked for sensitive words. Nothing was sent.', {
      next: 'Report this, with the kind of text but not the text itself.',
      cause,
    });
  }
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

function predictAnswerWire(pack: Pack, plan: Plan): WirePrediction {
  const facts = new Map(pack.matrices.map((matrix) => [matrix.index, matrix]));
  return predictWire(plan, ({ index }, bucket) => {
    const matrix = facts.get(index);
    if (!matrix) throw new RangeError(`the pack has no matrix ${index}`);
    return productMessageBytes({ matrix: index, rows: bucket, ...productSizes(matrix, bucket) });
  });
}
