import type { Plan, PlanStep } from './plan.ts';
import { rowAt } from './plan.ts';

/** Added to the score of a slot that a row must not attend to; its weight is then exactly zero. */
export const hidden = -1e9;

interface Place {
  readonly position: number;
  readonly protected: boolean;
}

/**
 * Whether row `from` attends to row `to`: to itself and to earlier positions, and a clear row never to a protected
 * one. The second half forbids something only under `masked-attention`; under the other policies no protected row
 * comes before a clear one.
 */
export function visible(from: Place, to: Place): boolean {
  return to.position <= from.position && (from.protected || !to.protected);
}

/**
 * The mask that is added to a step's attention scores: [rows][width], 0 where visible, else `hidden`.
 * @param rows at least the step's rows; further ones are padding and see everything.
 * @param width at least the slots filled after the step; further ones are empty and seen by no row.
 */
export function attentionMask(plan: Plan, step: PlanStep, rows: number, width: number): Float32Array {
  const mask = new Float32Array(rows * width);
  step.positions.forEach((_, i) => {
    const from = rowAt(plan, step.slots.start + i);
    for (let slot = 0; slot < width; slot++) {
      const seen = slot < step.slots.end && visible(from, rowAt(plan, slot));
      if (!seen) mask[i * width + slot] = hidden;
    }
  });
  return mask;
}
