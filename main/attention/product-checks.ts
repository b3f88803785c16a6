/** Checks of products against the pack's own weights, one secret check per matrix (Freivalds). */
import type { RemoteMatrix } from '../inference/multiplier.ts';
import type { Addon, Verifier, WeightLayout } from './addon.ts';
import { loadAddon } from './addon.ts';

export interface MatrixWeights extends WeightLayout {
  /** `inputs * outputs` bytes. */
  readonly weights: Uint8Array;
}

/** Reads a matrix's weights; `null` in a pack that does not carry them, whose products cannot be checked. */
export type ReadWeights = (matrix: RemoteMatrix) => Promise<MatrixWeights | null>;

export interface ProductChecks {
  /** The check of a matrix, made on first use; `null` without weights. After a failure the next call tries again. */
  of(matrix: RemoteMatrix): Promise<Verifier | null>;
}

/**
 * The checks of one pack, with secret vectors drawn for these checks alone. They may serve many answers, and are
 * dropped together with the key after an anomaly.
 */
export function createProductChecks(
  readWeights: ReadWeights,
  { Verifier }: Pick<Addon, 'Verifier'> = loadAddon(),
): ProductChecks {
  const checks = new Map<number, Promise<Verifier | null>>();
  const make = async (matrix: RemoteMatrix) => {
    const found = await readWeights(matrix);
    if (!found) return null;
    const { weights, layout, zeroPoint } = found;
    return Verifier.create(matrix, weights, { layout, zeroPoint });
  };
  return {
    of(matrix) {
      let check = checks.get(matrix.index);
      if (!check) {
        check = make(matrix);
        checks.set(matrix.index, check);
        // What could not be read now may be readable for the next answer.
        check.catch(() => checks.delete(matrix.index));
      }
      return check;
    },
  };
}
