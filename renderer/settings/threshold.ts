/** What a threshold means: scores are made of a pattern's own, 0.35 for a telling word before it, and 1 for a proof. */
export type ThresholdMeaning = 'low' | 'default' | 'high' | 'highest';

export function thresholdMeaning(threshold: number): ThresholdMeaning {
  if (threshold < 0.35) return 'low';
  if (threshold <= 0.5) return 'default';
  return threshold < 1 ? 'high' : 'highest';
}
