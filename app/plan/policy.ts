/**
 * Which rows of an answer may leave this machine only encrypted.
 *
 * - `everything`: every row.
 * - `exact`: every row from the first sensitive token on. A later row's hidden state carries the secret, and
 *   hidden states are invertible (arXiv 2510.15511), so the set is closed under attention and the answer is the
 *   plain model's, token for token. Without a sensitive token the whole prompt stays clear.
 * - `masked-attention`: the sensitive tokens and the last prompt token. Clear rows may not attend to protected
 *   ones, which keeps them independent of the secret and changes the model.
 *
 * Under every policy each generated token is a protected row.
 */
export const policies = ['everything', 'exact', 'masked-attention'] as const;

export type Policy = (typeof policies)[number];

export const defaultPolicy: Policy = 'exact';

export function isPolicy(value: string): value is Policy {
  return (policies as readonly string[]).includes(value);
}
