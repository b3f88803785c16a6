import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** ISO 9362. The shape is that of any word in capitals, so only a context word makes it one. */
export const bic: Recognizer = {
  kind: 'bic',
  context: ['bic', 'swift', 'swift code', 'bank code'],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![\p{L}\p{N}_])/gu,
    score: 0.05,
  }),
  canonical: lettersAndDigits,
  marked: ['BIC: «DEUTDEFF»', 'the SWIFT code is «CHASUS33XXX».'],
  clear: ['PASSWORD and REQUIRED', 'SWIFT is a language'],
};
