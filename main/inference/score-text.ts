/** Log-probabilities of a text of any length. */
import type { PlanModel, PlanInput } from '../../app/plan/plan.ts';
import { makePlan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import type { PromptToken, TextRange } from '../../app/plan/row.ts';
import type { Engine, Score } from './engine.ts';

export interface ScoreRequest {
  /** The text's tokens, without a template. */
  readonly tokens: readonly PromptToken[];
  readonly spans: readonly TextRange[];
  readonly policy: Policy;
  readonly model: PlanModel;
  readonly signal?: AbortSignal;
}

/**
 * Scores in windows of the model's context that overlap by half: each token but the first ones is judged with at least
 * half a context before it. Each window is a plan of its own, with the spans that lie in it.
 * @throws what `makePlan` and `Engine.score` throw.
 */
export async function scoreText(engine: Engine, request: ScoreRequest): Promise<Score> {
  const { tokens, model, signal } = request;
  const logprobs = new Array<number | null>(tokens.length).fill(null);
  const stride = Math.max(1, Math.floor(model.context / 2));
  for (let from = 0, scored = 0; scored < tokens.length; from += stride) {
    const window = tokens.slice(from, from + model.context);
    const plan = makePlan(windowInput(request, window));
    const score = await engine.score(signal ? { plan, signal } : { plan });
    for (let index = scored - from; index < window.length; index++) {
      logprobs[from + index] = score.logprobs[index] ?? null;
    }
    scored = from + window.length;
  }
  return { tokens: tokens.map((token) => token.id), logprobs };
}

function windowInput({ spans, policy, model }: ScoreRequest, window: readonly PromptToken[]): PlanInput {
  const start = window.find((token) => token.text !== null)?.text?.start ?? 0;
  const end = window.reduce((furthest, token) => Math.max(furthest, token.text?.end ?? 0), 0);
  const inside = spans
    .map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.end, end) }))
    .filter((span) => span.start < span.end);
  return { tokens: window, spans: inside, policy, model, maxNewTokens: 1 };
}
