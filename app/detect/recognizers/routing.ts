import { weighted } from '../checksum.ts';
import { alone, broken, checked, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** A bank's number in the United States: Federal Reserve prefix, weights 3 7 1 (ABA, Routing Number Administrative Board). */
export const routing: Recognizer = {
  kind: 'bic',
  context: ['routing', 'routing number', 'aba', 'rtn', 'routing transit', 'transit number', 'ach', 'wire'],
  find: patterns({
    regex: alone('\\d{9}|\\d{4}-\\d{4}-\\d'),
    score: 0.05,
    judge(value) {
      const digits = value.replace(/\D/g, '');
      const prefixed = /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(digits);
      return prefixed && !/^0+$/.test(digits) && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0
        ? checked
        : broken;
    },
  }),
  canonical: lettersAndDigits,
  marked: ['routing number «021000021», please', 'ABA: «1210-0035-8»', 'RTN «026009593»'],
  clear: ['routing number 021000022', 'item 021000021', 'ABA 991000021'],
};
