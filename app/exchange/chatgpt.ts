/**
 * The `conversations.json` of a ChatGPT export: an array of conversations, each a tree of nodes of which the branch
 * that ends at `current_node` is what its user saw last. Texts of the user and of the assistant are taken; images,
 * tool calls, reasoning and hidden instructions are counted and left out.
 */
import * as v from 'valibot';
import { mostItems, titleLine, unreadable } from './bounds.ts';
import type { Imported, ImportedConversation, ImportedMessage } from './imported.ts';

const seconds = v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1e11)));

const conversationSchema = v.object({
  id: v.nullish(v.string()),
  conversation_id: v.nullish(v.string()),
  title: v.nullish(v.string()),
  create_time: seconds,
  update_time: seconds,
  current_node: v.nullish(v.string()),
  mapping: v.record(v.string(), v.unknown()),
});

const nodeSchema = v.object({
  parent: v.nullish(v.string()),
  children: v.optional(v.array(v.string()), []),
  message: v.nullish(
    v.object({
      author: v.object({ role: v.string() }),
      create_time: v.optional(v.nullish(v.number())),
      recipient: v.nullish(v.string()),
      content: v.object({
        content_type: v.string(),
        parts: v.optional(v.array(v.unknown()), []),
      }),
      metadata: v.nullish(v.object({ is_visually_hidden_from_conversation: v.nullish(v.boolean()) })),
    }),
  ),
});
type Node = v.InferOutput<typeof nodeSchema>;

/** @param data the parsed JSON. @throws Failure `import-unreadable` */
export function importChatGpt(data: readonly unknown[]): Imported {
  let skipped = 0;
  const conversations: ImportedConversation[] = [];
  for (const item of data) {
    const parsed = v.safeParse(conversationSchema, item);
    if (!parsed.success) throw unreadable('it is not the conversations.json of a ChatGPT export');
    const read = conversationOf(parsed.output);
    skipped += read.skipped;
    // All of it was images or tools, or it was never used.
    if (read.conversation.items.length > 0) conversations.push(read.conversation);
  }
  return { conversations, skipped };
}

function conversationOf(of: v.InferOutput<typeof conversationSchema>): {
  conversation: ImportedConversation;
  skipped: number;
} {
  const created = Math.round((of.create_time ?? of.update_time ?? 0) * 1000);
  const nodes = branch(of.mapping, of.current_node ?? undefined);
  const items: ImportedMessage[] = [];
  let skipped = 0;
  let time = created;
  for (const node of nodes) {
    const read = textOf(node);
    skipped += read.skipped;
    if (read.text === '' || !node.message) continue;
    time = timeOf(node, time);
    append(items, node.message.author.role === 'user' ? 'user' : 'assistant', read.text, time);
  }
  const id = of.conversation_id ?? of.id;
  const conversation = {
    id: null,
    source: id ? `chatgpt:${id.slice(0, 100)}` : null,
    title: titleLine(of.title ?? ''),
    pinned: false,
    created,
    changed: Math.max(created, Math.round((of.update_time ?? 0) * 1000)),
    items,
  };
  return { conversation, skipped };
}

/** From the root to the current node. What points nowhere, or in a circle, ends the branch there. */
function branch(mapping: Readonly<Record<string, unknown>>, current: string | undefined): Node[] {
  const nodes: Node[] = [];
  const seen = new Set<string>();
  let id: string | undefined = current ?? lastLeaf(mapping);
  while (id !== undefined && !seen.has(id) && Object.hasOwn(mapping, id)) {
    seen.add(id);
    const node = v.safeParse(nodeSchema, mapping[id]);
    if (!node.success) throw unreadable('a message in it has an unknown shape');
    nodes.push(node.output);
    if (nodes.length > mostItems) throw unreadable('a conversation in it is too long');
    id = node.output.parent ?? undefined;
  }
  return nodes.reverse();
}

/** Where there is no current node: the newest of each node's children, from the root on. */
function lastLeaf(mapping: Readonly<Record<string, unknown>>): string | undefined {
  const seen = new Set<string>();
  let id = Object.keys(mapping).find((key) => v.is(v.object({ parent: v.nullish(v.null()) }), mapping[key]));
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    const node: unknown = Object.hasOwn(mapping, id) ? mapping[id] : undefined;
    const child = v.is(nodeSchema, node) ? node.children?.at(-1) : undefined;
    if (child === undefined || !Object.hasOwn(mapping, child)) return id;
    id = child;
  }
  return id;
}

function textOf({ message }: Node): { text: string; skipped: number } {
  if (!message) return { text: '', skipped: 0 };
  const { author, content, recipient, metadata } = message;
  const texts = content.parts.filter((part) => typeof part === 'string').map(withoutCitations);
  const text = texts.join('\n').trim();
  const isShown =
    (author.role === 'user' || author.role === 'assistant') &&
    (content.content_type === 'text' || content.content_type === 'multimodal_text') &&
    (recipient === null || recipient === undefined || recipient === 'all') &&
    metadata?.is_visually_hidden_from_conversation !== true;
  const others = content.parts.length - texts.length;
  if (isShown) return { text, skipped: others };
  // Every export begins with an empty instruction: nothing is lost with that.
  const isEmpty = text === '' && others === 0 && content.content_type === 'text';
  return { text: '', skipped: isEmpty ? 0 : 1 };
}

/** References to sources that only ChatGPT's own page can resolve, between private-use characters. */
function withoutCitations(text: string): string {
  return text.replace(/\ue200[^\ue201]{0,10000}\ue201/g, '');
}

/** Neighbours of one role, as around a tool call, are one message. */
function append(items: ImportedMessage[], role: 'user' | 'assistant', text: string, time: number): void {
  const last = items.at(-1);
  if (last?.role === role) {
    items[items.length - 1] = { ...last, text: `${last.text}\n\n${text}` };
  } else if (role === 'user') {
    items.push({ id: null, role, time, text, marks: [], edits: { marked: [], unmarked: [] } });
  } else {
    items.push({ id: null, role, time, text, state: 'complete', record: null });
  }
}

function timeOf({ message }: Node, before: number): number {
  const at = message?.create_time;
  return typeof at === 'number' && at >= 0 && at < 1e11 ? Math.round(at * 1000) : before;
}
