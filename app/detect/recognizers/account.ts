import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Bank account and routing numbers: digits that only their context tells from other numbers. */
export const account: Recognizer = {
  kind: 'account',
  context: [
    'account',
    'acct',
    'acc',
    'account number',
    'konto',
    'kontonummer',
    'cuenta',
    'routing',
    'aba',
    'sort code',
  ],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_$€£-])(?<!\d[./:])(?:\d{6,17}|\d\d-\d\d-\d\d)(?![\p{L}\p{N}_%-]|[./:]\d)/gu,
    score: 0.05,
  }),
  canonical: lettersAndDigits,
  marked: ['Account: «10358228»', 'routing number «021000021», please', 'sort code «20-00-00»'],
  clear: ['In 2026 we counted 10358228 birds.', 'account balance $1000000', 'account of 2026-11-21'],
};
