import { Failure } from '../../app/failure/failure.ts';
import type { FailureCode } from '../../app/failure/failure.ts';

/** The exit codes that scripts rely on. 0 is done; 130 is what a shell gives for an interrupt. */
const exitCodes: Readonly<Record<FailureCode, number>> = {
  usage: 2,
  refused: 3,
  server: 4,
  pack: 5,
  integrity: 6,
  cancelled: 130,
};

/** 1 stands for a defect of Sotto itself. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Failure ? exitCodes[error.code] : 1;
}
