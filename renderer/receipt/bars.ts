import type { AnswerRecord } from '../../app/contract/assistant.ts';

export const stages = ['local', 'crypto', 'server', 'network'] as const;
export type Stage = (typeof stages)[number];

/** One layer's line of the waterfall. */
export interface Bar {
  /** `null` for embedding and head. */
  readonly layer: number | null;
  readonly total: number;
  /** Milliseconds of each stage, in the order of `stages`. */
  readonly parts: readonly { readonly stage: Stage; readonly ms: number; readonly from: number }[];
}

type Layer = AnswerRecord['receipt']['layers'][number];

/** The waterfall: each line begins where the one before it ended, so that the lines together are the answer's time. */
export function barsOf(layers: readonly Layer[]): { readonly bars: readonly Bar[]; readonly total: number } {
  let at = 0;
  const bars = layers.map((layer) => {
    const begins = at;
    const parts = stages.map((stage) => {
      const part = { stage, ms: layer[`${stage}_ms`], from: at };
      at += part.ms;
      return part;
    });
    return { layer: layer.layer, total: at - begins, parts };
  });
  return { bars, total: at };
}

/** Whether the bytes that were measured are those of the preview, where both are known. */
export function bytesAgree(
  measured: AnswerRecord['buckets'],
  planned: AnswerRecord['buckets'] | null,
): boolean | null {
  if (planned === null) return null;
  const lines = (buckets: AnswerRecord['buckets']) =>
    buckets
      .map(({ rows, requests, sent, received }) => `${rows} ${requests} ${sent} ${received}`)
      .sort()
      .join('\n');
  return lines(measured) === lines(planned);
}
