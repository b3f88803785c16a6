import type { AnswerRecord } from '../../app/contract/assistant.ts';
import type { Message } from '../../app/contract/conversations.ts';
import type { Mark } from '../../app/detect/span.ts';
import type { Edits } from '../../app/detect/edits.ts';

/** A message as it is shown. */
export type MessageView =
  | {
      readonly role: 'user';
      readonly key: string;
      /** `null` until it was accepted. */
      readonly id: string | null;
      readonly text: string;
      readonly marks: readonly Mark[];
      readonly edits: Edits;
    }
  | {
      readonly role: 'assistant';
      readonly key: string;
      readonly id: string | null;
      readonly text: string;
      readonly state: 'writing' | 'complete' | 'stopped' | 'interrupted' | 'discarded';
      readonly record: AnswerRecord | null;
    };

/** What of an answer that is being written is shown. */
export interface Written {
  readonly key: string;
  readonly replaces: string | null;
  readonly question: string | null;
  readonly answer: string | null;
  readonly text: string;
  readonly marks: readonly Mark[];
  readonly edits: Edits;
  readonly questionText: string;
  readonly state: 'writing' | 'done' | 'failed';
  readonly record: AnswerRecord | null;
  readonly discarded: boolean;
}

/** Of messages on record. */
const views = new WeakMap<Message, MessageView>();

/**
 * The messages to show: those on record, with the question and answer that are not on record yet. A question that
 * takes the place of another hides it and all that follows it. A message on record is the same object each time: while an
 * answer is written, what is drawn of the earlier ones stays.
 */
export function viewOf(
  items: readonly Message[],
  written: Written | null,
  keyFor: (id: string) => string,
): MessageView[] {
  const recorded = written ? until(items, [written.replaces, written.question]) : items;
  const shown = recorded.map((item) => viewOfRecorded(item, keyFor(item.id)));
  if (!written) return shown;
  const { key, question, answer, text, marks, edits, questionText, state, record, discarded } = written;
  shown.push({ role: 'user', key: `${key}-q`, id: question, text: questionText, marks, edits });
  // Nothing was written of an answer that failed before it began: what is said about it stands beneath.
  if (state !== 'failed' || text !== '' || discarded) {
    shown.push({
      role: 'assistant',
      key: `${key}-a`,
      id: answer,
      text,
      state:
        state === 'writing'
          ? 'writing'
          : state === 'failed'
            ? discarded
              ? 'discarded'
              : 'interrupted'
            : record?.receipt.finish === 'cancelled'
              ? 'stopped'
              : 'complete',
      record,
    });
  }
  return shown;
}

function viewOfRecorded(item: Message, key: string): MessageView {
  const known = views.get(item);
  // A message that was just asked may get its key only after it was shown.
  if (known?.key === key) return known;
  const { id, text } = item;
  const view: MessageView =
    item.role === 'user'
      ? { role: 'user', key, id, text, marks: item.marks, edits: item.edits }
      : { role: 'assistant', key, id, text, state: item.state, record: item.record };
  views.set(item, view);
  return view;
}

/** What stands before the first of these. */
export function until<Item extends { readonly id: string }>(
  items: readonly Item[],
  ids: readonly (string | null)[],
): readonly Item[] {
  const end = items.findIndex(({ id }) => ids.includes(id));
  return end === -1 ? items : items.slice(0, end);
}

/**
 * Whether its words came from a server encrypted. An answer without a record that is complete was read elsewhere, in clear,
 * and imported; every other one is of this product.
 */
export function wentEncrypted({ state, record }: Extract<MessageView, { role: 'assistant' }>): boolean {
  return record === null ? state !== 'complete' : record.receipt.server !== null;
}

/** Values that were marked in the questions, the latest first. */
export function markedValues(messages: readonly MessageView[], most = 500): string[] {
  const values = new Set<string>();
  for (let at = messages.length - 1; at >= 0 && values.size < most; at -= 1) {
    const message = messages[at];
    if (message?.role !== 'user') continue;
    for (const { start, end } of message.marks) values.add(message.text.slice(start, end).trim());
  }
  values.delete('');
  return [...values].slice(0, most);
}
