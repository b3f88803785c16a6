import type { Policy } from './policy.ts';

/** A stretch of the prompt: UTF-16 offsets, `end` exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A token of the prompt as the model reads it. */
export interface PromptToken {
  readonly id: number;
  /** The characters that it holds at least a part of; `null` for a token of the template around the prompt. */
  readonly text: TextRange | null;
}

/**
 * Why a row is protected.
 * - `sensitive`: its token overlaps a sensitive span.
 * - `follows`: policy `exact`; it comes after a sensitive token.
 * - `last`: policy `masked-attention`; the first token of the answer is read off it.
 * - `policy`: policy `everything`.
 */
export type Reason = 'sensitive' | 'follows' | 'last' | 'policy';

/** A prompt token's row in every layer. */
export interface PlanRow {
  /** In the prompt as the model reads it, from 0. */
  readonly position: number;
  readonly token: number;
  readonly text: TextRange | null;
  readonly protected: boolean;
  /** `null` for a clear row. */
  readonly reason: Reason | null;
  /** Index of the first sensitive span that the token overlaps. */
  readonly span: number | null;
}

/**
 * Decides about every prompt token. A token that shares at least one character with a span is sensitive: with
 * byte-level tokens also one that begins with the space before a word, straddles a span's edge, or holds only some
 * bytes of a character.
 */
export function rowsOf(
  tokens: readonly PromptToken[],
  spans: readonly TextRange[],
  policy: Policy,
): readonly PlanRow[] {
  const spanOf = tokens.map((token) => firstOverlap(token.text, spans));
  const firstSensitive = spanOf.findIndex((span) => span !== null);
  return tokens.map((token, position) => {
    const span = spanOf[position] ?? null;
    const reason = reasonOf(policy, span, {
      follows: firstSensitive !== -1 && position > firstSensitive,
      last: position === tokens.length - 1,
    });
    return { position, token: token.id, text: token.text, protected: reason !== null, reason, span };
  });
}

function reasonOf(
  policy: Policy,
  span: number | null,
  at: { follows: boolean; last: boolean },
): Reason | null {
  if (span !== null) return 'sensitive';
  switch (policy) {
    case 'everything':
      return 'policy';
    case 'exact':
      return at.follows ? 'follows' : null;
    case 'masked-attention':
      return at.last ? 'last' : null;
  }
}

function firstOverlap(text: TextRange | null, spans: readonly TextRange[]): number | null {
  if (text === null) return null;
  const found = spans.findIndex((span) => text.start < span.end && span.start < text.end);
  return found === -1 ? null : found;
}
