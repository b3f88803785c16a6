import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Passport numbers: nine or so letters and digits (ICAO Doc 9303, part 4), told by their context alone. */
export const passport: Recognizer = {
  kind: 'passport',
  context: [
    ...'passport passports reisepass pasaporte passeport passaporto paspoort'.split(' '),
    'passport no',
    'visa number',
    'visa no',
    'travel document',
  ],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_-])(?=(?:[A-Z]{0,8}\d){3})[A-Z0-9]{7,9}(?![\p{L}\p{N}_-])/gu,
    score: 0.05,
  }),
  canonical: lettersAndDigits,
  marked: [
    'Passport: «C67470935»',
    'passport number «AB1234567».',
    'my passport is «P6A101196»',
    'Reisepass Nr. «C01X00T47»',
  ],
  clear: ['a passport for C67470935X1', 'code C67470935', 'passport of 2024, PASSPORT HOLDERS'],
};
