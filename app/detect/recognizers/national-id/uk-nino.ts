import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** UK National Insurance numbers: the letters that HMRC uses, six digits, a suffix A to D (HMRC manual NIM39110). */
export const ukNino: Recognizer = {
  kind: 'national-id',
  context: [
    'nino',
    'national insurance',
    'national insurance number',
    'ni number',
    'ni no',
    'insurance number',
  ],
  find: patterns({
    regex: alone(
      '(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ -]?)\\d\\d\\1\\d\\d\\1\\d\\d\\1[A-D]',
    ),
    score: 0.6,
  }),
  canonical: lettersAndDigits,
  marked: ['NINO «AB 12 34 56 C»', 'payroll has «JG103759A» for her'],
  clear: ['BG 12 34 56 C', 'QQ123456C', 'AB123456E'],
};
