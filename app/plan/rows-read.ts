import type { Policy } from './policy.ts';

/** A row whose keys and values this machine has, in every layer. */
export interface RowRead {
  readonly position: number;
  readonly token: number;
  readonly protected: boolean;
}

/** What an answer has read, its own tokens included, in the order of its cache slots. */
export interface RowsRead {
  readonly policy: Policy;
  readonly rows: readonly RowRead[];
}

/**
 * How many slots of `read` a plan takes over whose rows in the order of computing are `rows`: those that the two share
 * from the beginning. A row's keys and values are the same then, bit for bit: they depend on the rows that it attends to,
 * which are among the shared ones, and these stand in the same slots.
 *
 * Whether rows are protected decides what they attend to under `masked-attention` alone.
 */
export function slotsShared(read: RowsRead, policy: Policy, rows: readonly RowRead[]): number {
  const isMasked = policy === 'masked-attention';
  if (isMasked !== (read.policy === 'masked-attention')) return 0;
  const other = rows.findIndex((row, slot) => {
    const known = read.rows[slot];
    return (
      known?.position !== row.position ||
      known.token !== row.token ||
      (isMasked && known.protected !== row.protected)
    );
  });
  return other === -1 ? rows.length : other;
}
