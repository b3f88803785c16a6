/** What a plan needs to know of a remote matrix. */
export interface PlanMatrix {
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether this machine has its weights. */
  readonly local: boolean;
}

/** Where a row is multiplied by a matrix: on this machine, or by the server under encryption. */
export type Route = 'local' | 'encrypted';

/**
 * The route of a row through a matrix. A protected row never takes another route than `encrypted`, so that what
 * leaves does not tell which rows this machine could have computed; a clear row leaves (encrypted too) only where
 * this machine lacks the weights. No row ever leaves in clear.
 */
export function routeOf(row: { readonly protected: boolean }, matrix: PlanMatrix): Route {
  return row.protected || !matrix.local ? 'encrypted' : 'local';
}
