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
  find: patterns(
    {
      regex:
        /(?<![\p{L}\p{N}_$€£-])(?<!\d[./:])(?:\d{6,17}|\d\d-\d\d-\d\d|\d{2,5}(?:-\d{2,8}){1,3}(?<=(?:\d-?){7}))(?![\p{L}\p{N}_%-]|[./:,]\d)/gu,
      score: 0.05,
      judge: (value) => (/^(?:19|20)\d\d-\d\d-\d\d$/.test(value) ? null : { verdict: 'plausible' }),
    },
    // What receipts leave of a number: its end, after stars or the word for it.
    {
      regex:
        /(?:(?:[*•]{2,6}[ -]){2,3}|[*•]{3,16}[ -]?|[xX]{4,16}[ -]?)(?<value>\d{3,5})(?![\p{L}\p{N}_-]|\.\d)/dgu,
      score: 0.5,
    },
    {
      regex:
        /(?<!\p{L})(?:card|account|acct|visa|mastercard|amex|number|ssn|phone)[ ,](?:[\p{L}]{1,12} ){0,2}(?:ending|ends)(?: in| with)? (?<value>\d{3,5})(?![\p{N}_-])/dgiu,
      score: 0.6,
    },
  ),
  canonical: lettersAndDigits,
  marked: [
    'Account: «10358228»',
    'sort code «20-00-00»',
    'Konto «1234567890»',
    'acct no «4471-229830»',
    'Card ending «6231»',
    'paid with **** «6231»',
    'SSN: ***-**-«3139»',
  ],
  clear: [
    'In 2026 we counted 10358228 birds.',
    'account balance $1000000',
    'the year ending 2021',
    '** 2 ** 10, **Small.** 130, /** 127.0.0.1',
    'account of 2026-11-21',
  ],
};
