import { doubtful, lettersAndDigits, patterns, plausible, type Recognizer } from '../../recognizer.ts';

/**
 * US Social Security numbers. There is no check digit; what the Administration never issues (area 000, 666
 * or 9xx, group 00, serial 0000; 20 CFR 422.103, SSA's randomization notice of 2011) needs a context word.
 */
const judge = (value: string) =>
  /^(?!000|666|9)\d{3}\D?(?!00)\d\d\D?(?!0000)\d{4}$/.test(value) ? plausible : doubtful;

export const usSsn: Recognizer = {
  kind: 'national-id',
  context: ['ssn', 'ssns', 'social security', 'soc sec', 'taxpayer', 'tax id', 'tin'],
  find: patterns(
    { regex: /(?<![\p{L}\p{N}_#-])(?<!\d[./])\d{3}-\d\d-\d{4}(?![\p{L}\p{N}_-])/gu, score: 0.5, judge },
    {
      regex: /(?<![\p{L}\p{N}_-])(?<!\d[ ./])\d{3}([ .])\d\d\1\d{4}(?![\p{L}\p{N}_-])/gu,
      score: 0.2,
      judge,
    },
    { regex: /(?<![\p{L}\p{N}_$€£-])(?<!\d[ ./])\d{9}(?![\p{L}\p{N}_%-]|[ .]\d)/gu, score: 0.05, judge },
  ),
  canonical: lettersAndDigits,
  marked: [
    'SSN: «536-22-8726»',
    'on file «536-22-8726» since',
    '7,«536-22-8726»,9',
    'social security number «536228726»',
    'ssn «971-71-3671»',
  ],
  clear: [
    'part 000-12-3456',
    'part 666-12-3456',
    'part 912-12-3456',
    'part 536-00-8726',
    'part 536-22-0000',
    'call 536228726',
    'order #536-22-8726',
  ],
};
