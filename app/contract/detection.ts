/**
 * Sensitive spans, as the main process sees them: the last check before sending. The page runs the same module in a
 * worker of its own for every keystroke, with the detection settings of `settings.watch`.
 */
import * as v from 'valibot';
import { call } from './method.ts';
import { edits, id, kind, line, list, mark, nothing, prompt } from './shapes.ts';

export const detection = {
  /** Marks of a text with the user's edits applied, as they would be used for sending. */
  check: call({
    in: v.strictObject({ text: prompt, edits, conversation: v.nullable(id) }),
    out: v.strictObject({ marks: list(mark, 100_000) }),
  }),
  /** Marks this text from now on, everywhere. */
  always: call({ in: v.strictObject({ text: line(200), kind }), out: nothing }),
  /** Leaves this text unmarked from now on. A proven secret needs `confirmed`, after the user was asked. */
  never: call({ in: v.strictObject({ text: line(1000), confirmed: v.boolean() }), out: nothing }),
};
