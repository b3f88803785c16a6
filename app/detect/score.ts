import { hasContext } from './context.ts';
import type { Kind } from './kinds.ts';
import type { Candidate, Recognizer } from './recognizer.ts';

/** Candidates below this score are not marked, unless the options say otherwise. */
export const defaultThreshold = 0.4;

const contextAdds = 0.35;
const contextLiftsTo = 0.4;
const doubtfulScore = 0.05;
/** 1 is for the proven alone. */
const mostUnproven = 0.99;

/**
 * The score of a candidate, 0..1: Presidio's model (pattern, validator, context), with verdicts between passed
 * and failed added; `Verdict` says what they mean.
 */
export function scoreOf(candidate: Candidate, recognizer: Recognizer, text: string): number {
  const { verdict } = candidate;
  if (verdict === 'proven') return 1;
  const base = verdict === 'doubtful' || verdict === 'broken' ? doubtfulScore : candidate.score;
  if (!hasContext(text, candidate.start, recognizer.context)) return base;
  if (verdict === 'checked') return 1;
  return Math.min(mostUnproven, Math.max(contextLiftsTo, base + contextAdds));
}

/** What a candidate is marked as: a number whose checksum failed is none of the recognizer's kind. */
export function kindOf(candidate: Candidate, recognizer: Recognizer): Kind {
  return candidate.verdict === 'broken' ? 'account' : recognizer.kind;
}
