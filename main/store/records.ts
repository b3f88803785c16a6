/** What is inside the records: the shapes of the current schema version. */
import * as v from 'valibot';
import { answerRecord } from '../../app/contract/assistant.ts';
import { edits, list, mark, text, time } from '../../app/contract/shapes.ts';

export const conversationRecord = v.object({
  title: text(200),
  created: time,
  changed: time,
  /** When it was imported. */
  added: v.optional(time),
  pinned: v.boolean(),
  /** What it was imported from, so that importing again adds nothing twice. */
  source: v.optional(v.string()),
});
export type ConversationRecord = v.InferOutput<typeof conversationRecord>;

export const messageRecord = v.variant('role', [
  v.object({ role: v.literal('user'), time, text: v.string(), marks: list(mark, 100_000), edits }),
  v.object({
    role: v.literal('assistant'),
    time,
    text: v.string(),
    state: v.picklist(['complete', 'stopped', 'interrupted', 'discarded']),
  }),
]);
export type MessageRecord = v.InferOutput<typeof messageRecord>;

export const receiptRecord = answerRecord;

export const entryRecord = v.object({ name: v.string(), value: v.unknown() });
