import { hasContext } from './context.ts';
import type { Candidate, Recognizer } from './recognizer.ts';

/** Candidates below this score are not marked, unless the options say otherwise. */
export const defaultThreshold = 0.4;

const contextAdds = 0.35;
const contextLiftsTo = 0.4;
const doubtfulScore = 0.05;
/** 1 is for the proven alone. */
const mostUnproven = 0.99;

/** The score of a candidate, 0..1: Presidio's model (pattern, validator, context), with a doubtful verdict added. */
export function scoreOf(candidate: Candidate, recognizer: Recognizer, text: string): number {
  if (candidate.verdict === 'proven') return 1;
  const base = candidate.verdict === 'doubtful' ? doubtfulScore : candidate.score;
  if (!hasContext(text, candidate.start, recognizer.context)) return base;
  return Math.min(mostUnproven, Math.max(contextLiftsTo, base + contextAdds));
}
