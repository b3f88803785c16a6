/** What parent and services' process say to each other about the process itself. */
import * as v from 'valibot';
import { errorSchema } from '../../app/contract/result.ts';
import { startOptions } from './start-options.ts';

/** To the child. */
export const order = v.variant('type', [
  /** The first message; once. */
  v.strictObject({ type: v.literal('start'), options: startOptions }),
  /** Finish: stop what runs, write what is to be written, end. */
  v.strictObject({ type: v.literal('close') }),
]);
export type Order = v.InferOutput<typeof order>;

/** From the child. */
export const report = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  /** The services could not be made; the process ends. */
  v.strictObject({ type: v.literal('failed'), error: errorSchema }),
]);
export type Report = v.InferOutput<typeof report>;
