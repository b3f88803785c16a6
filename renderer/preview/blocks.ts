import type { AnswerPlan } from '../../app/contract/plan.ts';

/** Requests of one size, as the server gets them. */
export interface SeenBlocks {
  readonly requests: number;
  readonly rows: number;
  /** Of a request and its response, on average: each matrix has its own sizes. */
  readonly sent: number;
  readonly received: number;
}

/** What the server sees of a prompt: blocks of ciphertext, the largest first. */
export function blocksSeen(buckets: AnswerPlan['buckets']): SeenBlocks[] {
  return buckets
    .filter(({ requests }) => requests > 0)
    .map(({ rows, requests, sent, received }) => ({
      requests,
      rows,
      sent: Math.round(sent / requests),
      received: Math.round(received / requests),
    }))
    .sort((a, b) => b.rows - a.rows);
}
