import type { PlanModel } from '../../app/plan/plan.ts';
import type { Pack } from '../packs/pack.ts';

/** What a plan needs to know of a pack: remote matrices in the order in which a step uses them. */
export function planModelOf(pack: Pack): PlanModel {
  return {
    context: pack.model.context,
    matrices: pack.matrices.map(({ index, inputs, outputs, weights, graph }) => ({
      index,
      inputs,
      outputs,
      local: weights !== null && graph !== null,
    })),
  };
}
