import { weighted } from '../../checksum.ts';
import { alone, broken, checked, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** Numbers of those who may prescribe controlled drugs in the US: odd places plus twice the even ones end in the seventh (DEA, 21 CFR 1301). */
export const dea: Recognizer = {
  kind: 'medical',
  context: ['dea', 'dea number', 'dea no', 'prescriber', 'registration number'],
  find: patterns({
    regex: alone('[ABCDEFGHJKLMPRSTUX][A-Z9]-?\\d{7}'),
    score: 0.2,
    judge(value) {
      const digits = value.slice(-7);
      return weighted(digits, [1, 2, 1, 2, 1, 2]) % 10 === Number(digits[6]) ? checked : broken;
    },
  }),
  canonical: lettersAndDigits,
  marked: ['DEA «AB1234563»', 'DEA number: «MX2847309»'],
  clear: ['DEA AB1234564', 'part AB1234563'],
};
