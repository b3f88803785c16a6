import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** US employer identification numbers: a campus prefix and seven digits, without a check digit (IRS, list of EIN prefixes). */
export const usEin: Recognizer = {
  kind: 'national-id',
  context: ['ein', 'fein', 'employer identification', 'federal id', 'tax id', 'tin', 'tax identification'],
  find: patterns({
    regex: alone('(?:0[1-6]|1[0-6]|2[0-7]|3\\d|4[0-8]|5\\d|6[0-8]|7[1-7]|8[0-8]|9[0-589])-\\d{7}'),
    score: 0.1,
  }),
  canonical: lettersAndDigits,
  marked: ['EIN: «27-4410983»', 'the tax ID is «61-2290471».'],
  clear: ['part 27-4410983', 'EIN: 07-4410983'],
};
