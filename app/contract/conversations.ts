/** History: encrypted at rest, searched in memory. */
import * as v from 'valibot';
import { answerRecord } from './assistant.ts';
import { call, stream } from './method.ts';
import { count, edits, id, line, list, mark, nothing, range, text, time } from './shapes.ts';

const title = line(200);

export const summary = v.strictObject({
  id,
  title: text(200),
  pinned: v.boolean(),
  created: time,
  changed: time,
  /** When it was imported, if it was. */
  added: v.optional(time),
  messages: count,
  /** False for a conversation of the no-history mode, which lives in memory alone. */
  stored: v.boolean(),
});
export type Summary = v.InferOutput<typeof summary>;

export const message = v.variant('role', [
  v.strictObject({
    role: v.literal('user'),
    id,
    time,
    text: v.string(),
    marks: list(mark, 100_000),
    edits,
  }),
  v.strictObject({
    role: v.literal('assistant'),
    id,
    time,
    text: v.string(),
    /** `interrupted`: Sotto or the server ended before the answer did. `discarded`: it did not verify. */
    state: v.picklist(['complete', 'stopped', 'interrupted', 'discarded']),
    /** `null` for an imported answer and one that did not end. */
    record: v.nullable(answerRecord),
  }),
]);
export type Message = v.InferOutput<typeof message>;

export const conversation = v.strictObject({
  ...summary.entries,
  items: list(message, 100_000),
  /** Messages whose records cannot be read, which `items` lacks. */
  damaged: v.optional(list(id, 100_000)),
});
export type Conversation = v.InferOutput<typeof conversation>;

const change = v.variant('type', [
  v.strictObject({ type: v.literal('changed'), summary }),
  v.strictObject({ type: v.literal('removed'), id }),
  /** Many at once: list again. */
  v.strictObject({ type: v.literal('reload') }),
]);

const exportFormat = v.picklist(['json', 'markdown']);

export const conversations = {
  /** Pinned ones first, then the latest changed. `before` is the `changed` of the last one of the page before. */
  list: call({
    in: v.strictObject({ before: v.nullable(time), limit: v.pipe(count, v.maxValue(500)) }),
    out: v.strictObject({ conversations: list(summary, 1000), total: count, more: v.boolean() }),
  }),
  get: call({ in: v.strictObject({ id }), out: conversation }),
  rename: call({ in: v.strictObject({ id, title }), out: summary }),
  pin: call({ in: v.strictObject({ id, pinned: v.boolean() }), out: summary }),
  remove: call({ in: v.strictObject({ id }), out: nothing }),
  /** Deletes every conversation. `expected` is the number that the user was told; another one refuses. */
  removeAll: call({ in: v.strictObject({ expected: count }), out: v.strictObject({ removed: count }) }),
  /** Full text over titles and messages; every word must occur, the last may be unfinished. Best first. */
  search: call({
    in: v.strictObject({ query: text(500), limit: v.pipe(count, v.maxValue(200)) }),
    out: v.strictObject({
      hits: list(
        v.strictObject({
          conversation: summary,
          /** `null` when the title has it. */
          message: v.nullable(id),
          excerpt: text(400),
          /** Where the words stand in the excerpt. */
          found: list(range, 100),
        }),
        200,
      ),
    }),
  }),
  /** A file to save; `ids` null exports all. */
  export: call({
    in: v.strictObject({ ids: v.nullable(list(id, 10_000)), format: exportFormat }),
    out: v.strictObject({ name: line(200), text: v.string() }),
  }),
  /** Reads the `conversations.json` of a ChatGPT export, or a Sotto JSON export. All of it or nothing. */
  import: call({
    in: v.strictObject({ text: text(256 << 20) }),
    out: v.strictObject({ conversations: count, messages: count, skipped: count }),
  }),
  /**
   * Gives a history file that cannot be opened (`data-damaged`, `data-foreign`) another name, and begins a new one.
   * Refuses while the history is open.
   */
  setAside: call({ in: nothing, out: v.strictObject({ path: text(4096) }) }),
  /** Ends and forgets the conversations that are in memory alone: the window that showed them was closed. */
  forgetUnstored: call({ in: nothing, out: nothing }),
  /** Each change from now on. Ends only when stopped. */
  watch: stream({ in: nothing, item: change, out: nothing }),
};
