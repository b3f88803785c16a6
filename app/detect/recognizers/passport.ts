import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Passport numbers: nine or so letters and digits (ICAO Doc 9303, part 4), told by their context alone. */
export const passport: Recognizer = {
  kind: 'passport',
  context: ['passport', 'passports', 'passport no', 'reisepass', 'pasaporte', 'passeport'],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_-])(?=[A-Z]{0,3}\d)[A-Z0-9]{7,9}(?<=\d{3}[A-Z0-9]?)(?![\p{L}\p{N}_-])/gu,
    score: 0.05,
  }),
  canonical: lettersAndDigits,
  marked: ['Passport: «C67470935»', 'passport number «AB1234567».', 'my passport is «P6A101196»'],
  clear: ['a passport for C67470935X1', 'code C67470935'],
};
