import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Numbers of bank accounts: digits that only their context tells from other numbers. */
export const account: Recognizer = {
  kind: 'account',
  context: [
    ...'account acct acc konto kontonummer kontonr cuenta compte conto rekening rekeningnummer'.split(' '),
    'account number',
    'a c',
    'sort code',
  ],
  find: patterns({
    regex:
      /(?<![\p{L}\p{N}_$€£-])(?<!\d[./:])(?:\d{6,17}|\d\d-\d\d-\d\d|\d{2,5}(?:-\d{2,8}){1,3}(?<=(?:\d-?){7}))(?![\p{L}\p{N}_%-]|[./:,]\d)/gu,
    score: 0.05,
    judge: (value) => (/^(?:19|20)\d\d-\d\d-\d\d$/.test(value) ? null : { verdict: 'plausible' }),
  }),
  canonical: lettersAndDigits,
  marked: ['Account: «10358228»', 'sort code «20-00-00»', 'Konto «1234567890»', 'acct no «4471-229830»'],
  clear: ['In 2026 we counted 10358228 birds.', 'account balance $1000000', 'account of 2026-11-21'],
};
