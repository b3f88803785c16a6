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
 * Whether clear rows travel as protected ones, in the same steps: where this machine lacks weights, be it those of one
 * matrix, so that the server cannot tell from the steps where the first secret is.
 */
export function clearRowsLeave(matrices: readonly PlanMatrix[]): boolean {
  return matrices.some((matrix) => !matrix.local);
}

/**
 * The route of a row through a matrix. What travels as protected never takes another route than `encrypted`, so that what
 * leaves does not tell which rows this machine could have computed: not through the matrices either whose weights are here
 * when others are not (`clearRowsLeave`). A clear row leaves (encrypted too) only then. No row ever leaves in clear.
 * @param row a step, or a row that travels alone.
 */
export function routeOf(row: { readonly protected: boolean }, matrix: PlanMatrix): Route {
  return row.protected || !matrix.local ? 'encrypted' : 'local';
}
