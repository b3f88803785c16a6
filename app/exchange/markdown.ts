/**
 * Conversations as Markdown, to be read elsewhere. No message can break out of its place or load anything: a
 * question is a fenced block with a fence longer than any in it; an answer stands in a block quote, which ends every
 * block that it left open; one with images or HTML is given as its source, since a viewer would fetch what they name.
 */
import { marked } from 'marked';
import type { Token } from 'marked';
import type { Conversation, Message } from '../contract/conversations.ts';
import { renderReceipt } from '../receipt/receipt.ts';

export function exportMarkdown(conversations: readonly Conversation[]): string {
  return conversations.map(conversationText).join('\n');
}

function conversationText({ title, created, items }: Conversation): string {
  return [`# ${escapeLine(title) || 'Conversation'}`, stamp(created), ...items.map(messageText), ''].join(
    '\n\n',
  );
}

function messageText(message: Message): string {
  if (message.role === 'user') return `## You, ${stamp(message.time)}\n\n${fenced(message.text)}`;
  const parts = [`## Sotto, ${stamp(message.time)}`];
  if (message.text !== '') parts.push(isPlain(message.text) ? quoted(message.text) : fenced(message.text));
  const note = stateNote(message.state);
  if (note) parts.push(`*${note}*`);
  const receipt = message.record && renderReceipt(message.record.receipt).split('\n')[0];
  if (receipt) parts.push(`*Receipt: ${escapeLine(receipt)}*`);
  return parts.join('\n\n');
}

function stateNote(state: Extract<Message, { role: 'assistant' }>['state']): string | undefined {
  switch (state) {
    case 'complete':
      return undefined;
    case 'stopped':
      return 'Stopped.';
    case 'interrupted':
      return 'Interrupted before the answer ended.';
    case 'discarded':
      return 'Discarded: the answer did not verify.';
  }
}

/** `2026-11-02 14:03 UTC` */
function stamp(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function fenced(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}text\n${lines(text).join('\n')}\n${fence}`;
}

function quoted(text: string): string {
  return lines(text)
    .map((line) => `> ${line}`)
    .join('\n');
}

/** By CommonMark's line endings. */
function lines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** No image, no HTML, no definition of a link that other texts would use. */
function isPlain(text: string): boolean {
  let plain = true;
  const look = ({ type }: Token) => {
    if (type === 'image' || type === 'html' || type === 'def') plain = false;
  };
  try {
    void marked.walkTokens(marked.lexer(text), look);
  } catch {
    return false;
  }
  return plain;
}

/** Text that stands for itself on one line of Markdown. */
function escapeLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/[\\`*_[\]#<>|~!&]/g, '\\$&');
}
