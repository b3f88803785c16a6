/** A prompt as the model reads it: the user's text inside the pack's template. */
import type { PromptToken } from '../../app/plan/row.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { TokenizerFacts } from '../packs/manifest.ts';
import type { Tokenizer } from './tokenizer.ts';

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
  if (text.trim() === '') {
    throw new Failure('usage', 'The prompt is empty.', { next: 'Write what you want to ask.' });
  }
  const template = (id: number): PromptToken => ({ id, text: null });
  const begin = facts.begin.map(template);
  const body = tokenizer.encode(text);
  if (facts.turn === null) return [...begin, ...body];
  const user = template(specialToken(tokenizer, facts.turn.user));
  const assistant = template(specialToken(tokenizer, facts.turn.assistant));
  return [...begin, user, ...body, assistant];
}

/** Ids at which an answer ends: the pack's end tokens, and those that begin another turn. @throws Failure `pack`. */
export function endTokens(tokenizer: Tokenizer, facts: TokenizerFacts): ReadonlySet<number> {
  const turns = facts.turn === null ? [] : [facts.turn.user, facts.turn.assistant];
  return new Set([...facts.end, ...turns.map((name) => specialToken(tokenizer, name))]);
}

function specialToken(tokenizer: Tokenizer, name: string): number {
  const id = tokenizer.special(name);
  if (id === undefined) throw new Failure('pack', `The pack's tokenizer has no special token ${name}.`);
  return id;
}
