/** A prompt as the model reads it: the user's text inside the pack's template, after the turns before it. */
import type { PromptToken, TextRange } from '../../app/plan/row.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { TokenizerFacts } from '../packs/manifest.ts';
import { createTextStream } from './text-stream.ts';
import type { TextToken, Tokenizer } from './tokenizer.ts';

/** A message of the conversation before the prompt. */
export interface EarlierMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /**
   * Of an answer, the tokens that a model wrote: read as they are where they spell the text, since encoding the text may
   * give others.
   */
  readonly tokens?: readonly number[];
  /** Sensitive stretches of a question; asked for only if it fits. Of an answer everything is: it was decrypted on this machine. */
  spans(): Promise<readonly TextRange[]>;
}

export interface EncodedConversation {
  /** The earlier messages that fit, then the prompt. */
  readonly tokens: readonly PromptToken[];
  /**
   * Sensitive stretches of the earlier messages, in the offsets of `tokens`: the prompt has 0 to its length, each
   * earlier message a range of its own beyond that. @throws what `EarlierMessage.spans` throws.
   */
  spans(): Promise<readonly TextRange[]>;
  /** Tokens before those of the prompt's turn. */
  readonly earlierTokens: number;
  /** Messages that did not fit; the oldest. */
  readonly messagesLeftOut: number;
}

/** What the model is asked, and what it may take. */
export interface ConversationInput {
  /** Oldest first. A pack without turns, which continues text, reads none of them. */
  readonly earlier: readonly EarlierMessage[];
  readonly prompt: string;
  /** The most tokens that earlier messages may take beside the prompt's turn of so many. */
  readonly room: (promptTokens: number) => number;
}

/**
 * The pack's first tokens, then for a model of conversations the user's turn and the beginning of the answer's.
 * Offsets are those of `text`.
 * @throws Failure `usage` for an empty text; `pack` when the tokenizer lacks a token of the template.
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  facts: TokenizerFacts,
  text: string,
): readonly PromptToken[] {
  return encodeConversation(tokenizer, facts, { earlier: [], prompt: text, room: () => 0 }).tokens;
}

/**
 * As `encodePrompt`, with the conversation before it. What does not fit is left out whole, oldest first, and the
 * model never reads an answer without its question.
 * @throws as `encodePrompt`
 */
export function encodeConversation(
  tokenizer: Tokenizer,
  facts: TokenizerFacts,
  { earlier, prompt, room }: ConversationInput,
): EncodedConversation {
  if (prompt.trim() === '') {
    throw new Failure('usage', 'The prompt is empty.', {
      next: 'Write what you want to ask.',
      reason: 'prompt-empty',
    });
  }
  const begin = facts.begin.map(template);
  const body = tokenizer.encode(prompt);
  if (facts.turn === null) {
    return {
      tokens: [...begin, ...body],
      spans: () => Promise.resolve([]),
      earlierTokens: 0,
      messagesLeftOut: earlier.length,
    };
  }
  const user = template(specialToken(tokenizer, facts.turn.user));
  const assistant = template(specialToken(tokenizer, facts.turn.assistant));
  const asked = [user, ...body, assistant];
  const kept = latestThatFit(tokenizer, earlier, room(begin.length + asked.length));
  const before: PromptToken[] = [];
  const bases: number[] = [];
  // One unit apart, so that no span of one text touches a token of the next.
  let base = prompt.length + 1;
  for (const { message, tokens } of kept) {
    before.push(message.role === 'user' ? user : assistant);
    before.push(...tokens.map(({ id, text }) => ({ id, text: moved(text, base) })));
    bases.push(base);
    base += message.text.length + 1;
  }
  return {
    tokens: [...begin, ...before, ...asked],
    async spans() {
      const sensitive: TextRange[] = [];
      for (const [at, { message }] of kept.entries()) {
        for (const span of await sensitiveIn(message)) sensitive.push(moved(span, bases[at] ?? 0));
      }
      return sensitive;
    },
    earlierTokens: before.length,
    messagesLeftOut: earlier.length - kept.length,
  };
}

/** Ids at which an answer ends: the pack's end tokens, and those that begin another turn. @throws Failure `pack`. */
export function endTokens(tokenizer: Tokenizer, facts: TokenizerFacts): ReadonlySet<number> {
  const turns = facts.turn === null ? [] : [facts.turn.user, facts.turn.assistant];
  return new Set([...facts.end, ...turns.map((name) => specialToken(tokenizer, name))]);
}

interface Encoded {
  readonly message: EarlierMessage;
  readonly tokens: readonly TextToken[];
}

/** The longest end of the conversation that takes at most `room` tokens and begins with a question. */
function latestThatFit(
  tokenizer: Tokenizer,
  earlier: readonly EarlierMessage[],
  room: number,
): readonly Encoded[] {
  let taken = 0;
  const kept: Encoded[] = [];
  let whole = 0;
  for (const message of earlier.toReversed()) {
    // What surely does not fit is not worth encoding.
    if (message.text.length > (room - taken) * tokenizer.longestToken) break;
    const tokens = asWritten(tokenizer, message) ?? tokenizer.encode(message.text);
    taken += 1 + tokens.length;
    if (taken > room) break;
    kept.push({ message, tokens });
    if (message.role === 'user') whole = kept.length;
  }
  return kept.slice(0, whole).reverse();
}

/** The message's own tokens, each standing for the whole text; nothing where they do not spell it. */
function asWritten(tokenizer: Tokenizer, { text, tokens }: EarlierMessage): readonly TextToken[] | undefined {
  if (!tokens) return undefined;
  const stream = createTextStream(tokenizer);
  const spelt = tokens.map((id) => stream.push(id)).join('') + stream.end();
  return spelt === text ? tokens.map((id) => ({ id, text: { start: 0, end: text.length } })) : undefined;
}

async function sensitiveIn(message: EarlierMessage): Promise<readonly TextRange[]> {
  return message.role === 'user'
    ? message.spans()
    : [{ start: 0, end: message.text.length }].filter(notEmpty);
}

function template(id: number): PromptToken {
  return { id, text: null };
}

function moved({ start, end }: TextRange, by: number): TextRange {
  return { start: start + by, end: end + by };
}

function notEmpty({ start, end }: TextRange): boolean {
  return start < end;
}

function specialToken(tokenizer: Tokenizer, name: string): number {
  const id = tokenizer.special(name);
  if (id === undefined) throw new Failure('pack', `The pack's tokenizer has no special token ${name}.`);
  return id;
}
