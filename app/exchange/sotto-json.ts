/** Sotto's own export: everything that is known of a conversation, its receipts too. Reads back what it wrote. */
import * as v from 'valibot';
import { message } from '../contract/conversations.ts';
import type { Conversation } from '../contract/conversations.ts';
import { id, list, text, time, uuid } from '../contract/shapes.ts';
import { mostItems, unreadable } from './bounds.ts';
import type { Imported } from './imported.ts';

const format = 'sotto-conversations';
const version = 1;

const file = v.object({
  format: v.literal(format),
  version: v.literal(version),
  conversations: list(
    v.object({
      id,
      title: text(200),
      pinned: v.boolean(),
      created: time,
      changed: time,
      items: list(message, mostItems),
    }),
    1_000_000,
  ),
});

export function exportJson(conversations: readonly Conversation[], exported: Date): string {
  const written = conversations.map(({ id, title, pinned, created, changed, items }) => ({
    id,
    title,
    pinned,
    created,
    changed,
    items,
  }));
  return `${JSON.stringify({ format, version, exported: exported.toISOString(), conversations: written }, null, 2)}\n`;
}

/** Whether a parsed JSON says that it is one; of any version. */
export function isSottoExport(data: unknown): boolean {
  return v.is(v.object({ format: v.literal(format) }), data);
}

/** @param data the parsed JSON. @throws Failure `import-unreadable` */
export function importJson(data: unknown): Imported {
  if (!v.is(v.object({ version: v.literal(version) }), data)) {
    throw unreadable('it was written by another version of Sotto');
  }
  const parsed = v.safeParse(file, data, { abortEarly: true });
  if (!parsed.success) {
    const path = v.getDotPath(parsed.issues[0]) ?? 'the file';
    throw unreadable(`${path.slice(0, 200)} is not as Sotto writes it`);
  }
  const seen = new Set<string>();
  const conversations = parsed.output.conversations.map((conversation) => {
    // An id is the name of a session key too: no file may choose the command line's, or one for two conversations.
    const isOwn = uuid.test(conversation.id) && !seen.has(conversation.id);
    seen.add(conversation.id);
    return { ...conversation, id: isOwn ? conversation.id : null, source: null };
  });
  return { conversations, skipped: 0 };
}
