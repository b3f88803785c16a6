import { Lexer } from 'marked';
import type { MarkedToken, Token, Tokens } from 'marked';
import { decodeEntities } from './entities.ts';
import type { Block, Cell, Inline } from './tree.ts';

/** A block with the stretch of the source that it was read from. */
export interface ParsedBlock {
  readonly raw: string;
  /** `null` for what shows nothing: white space, definitions. */
  readonly block: Block | null;
}

/** Deeper than this, a quote, list or emphasis is shown as it was written. */
const deepest = 12;
/** A longer paragraph is shown without emphasis and links: finding them takes time in the square of its length. */
const longestInline = 10_000;
const mostRows = 200;
const mostColumns = 30;
/** Quotes and list markers one inside the other, on one line; the lexer calls itself for each. */
const nested = /^[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]{0,8}){40}/m;

/** Reads Markdown as CommonMark with tables. Whatever the text, the result is a tree of bounded depth. */
export function parseMarkdown(source: string): ParsedBlock[] {
  const text = source.replace(/\r\n?/g, '\n');
  if (nested.test(text)) return [plainBlock(text)];
  try {
    return lex(text).map((token) => ({ raw: token.raw, block: blockOf(token, 0) }));
  } catch {
    // The lexer ran out of stack on something nested in a way that the expression above does not know.
    return [plainBlock(text)];
  }
}

/** The blocks to draw. */
export function blocksOf(source: string): Block[] {
  return parseMarkdown(source).flatMap(({ block }) => (block ? [block] : []));
}

function plainBlock(text: string): ParsedBlock {
  return { raw: text, block: { type: 'plain', text } };
}

function lex(text: string): Token[] {
  const lexer = new Lexer({ gfm: true });
  lexer.blockTokens(text, lexer.tokens);
  for (const { src, tokens } of lexer.inlineQueue) {
    if (src.length > longestInline) tokens.push({ type: 'escape', raw: src, text: src });
    else lexer.inlineTokens(src, tokens);
  }
  lexer.inlineQueue = [];
  return lexer.tokens;
}

function blockOf(generic: Token, depth: number): Block | null {
  const token = generic as MarkedToken;
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'hr':
      return { type: 'rule' };
    case 'heading':
      return {
        type: 'heading',
        level: Math.min(6, token.depth + 2) as 3 | 4 | 5 | 6,
        inlines: inlinesOf(token.tokens, depth),
      };
    case 'code':
      return { type: 'code', text: token.text, language: languageOf(token.lang) };
    case 'blockquote':
      if (depth >= deepest) return { type: 'plain', text: token.raw };
      return { type: 'quote', blocks: childrenOf(token.tokens, depth + 1) };
    case 'list':
      if (depth >= deepest) return { type: 'plain', text: token.raw };
      return {
        type: 'list',
        ordered: token.ordered,
        start: typeof token.start === 'number' ? token.start : 1,
        items: token.items.map((item) => ({
          checked: item.task ? item.checked === true : null,
          blocks: childrenOf(item.tokens, depth + 1),
        })),
      };
    case 'table':
      return tableOf(token, depth);
    case 'html':
      return { type: 'plain', text: token.raw.trimEnd() };
    case 'paragraph':
      return { type: 'paragraph', inlines: inlinesOf(token.tokens, depth) };
    case 'text':
      // The line of a tight list's item.
      return {
        type: 'paragraph',
        inlines: token.tokens
          ? inlinesOf(token.tokens, depth)
          : [{ type: 'text', text: decodeEntities(token.text) }],
      };
    case 'checkbox':
      return null;
    default:
      return { type: 'plain', text: token.raw };
  }
}

function childrenOf(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => blockOf(token, depth) ?? []);
}

function languageOf(info: string | undefined): string | null {
  const word = info?.trim().split(/\s/, 1)[0] ?? '';
  return /^[\w+#.-]{1,24}$/.test(word) ? word : null;
}

function tableOf(token: Tokens.Table, depth: number): Block {
  const cell = ({ tokens }: Tokens.TableCell, column: number): Cell => ({
    align: token.align[column] === 'right' ? 'end' : token.align[column] === 'center' ? 'center' : 'start',
    inlines: inlinesOf(tokens, depth),
  });
  const row = (cells: readonly Tokens.TableCell[]) => cells.slice(0, mostColumns).map(cell);
  return {
    type: 'table',
    head: row(token.header),
    rows: token.rows.slice(0, mostRows).map(row),
    leftOut: Math.max(0, token.rows.length - mostRows),
  };
}

function inlinesOf(tokens: readonly Token[], depth: number): Inline[] {
  return tokens.flatMap((token) => inlineOf(token, depth) ?? []);
}

function inlineOf(generic: Token, depth: number): Inline | null {
  const token = generic as MarkedToken;
  if (depth >= deepest) return { type: 'text', text: token.raw };
  switch (token.type) {
    case 'strong':
      return { type: 'strong', inlines: inlinesOf(token.tokens, depth + 1) };
    case 'em':
      return { type: 'emphasis', inlines: inlinesOf(token.tokens, depth + 1) };
    case 'del':
      return { type: 'deleted', inlines: inlinesOf(token.tokens, depth + 1) };
    case 'codespan':
      return { type: 'code', text: token.text };
    case 'br':
      return { type: 'break' };
    case 'link':
      return { type: 'link', inlines: inlinesOf(token.tokens, depth + 1), address: token.href };
    case 'image':
      return { type: 'image', text: token.text, address: token.href };
    case 'escape':
      return { type: 'text', text: token.text };
    case 'text':
      return { type: 'text', text: decodeEntities(token.text) };
    case 'checkbox':
      return null;
    default:
      return { type: 'text', text: token.raw };
  }
}
