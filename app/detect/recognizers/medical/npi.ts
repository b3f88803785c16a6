import { luhn } from '../../checksum.ts';
import { alone, broken, checked, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** US National Provider Identifiers: ten digits that pass Luhn behind the prefix 80840 (45 CFR 162.406, CMS). */
export const npi: Recognizer = {
  kind: 'medical',
  context: ['npi', 'provider identifier', 'provider id', 'provider number', 'prescriber'],
  find: patterns({
    regex: alone('[12]\\d{9}'),
    score: 0.05,
    judge: (value) => (luhn(`80840${value}`) ? checked : broken),
  }),
  canonical: lettersAndDigits,
  marked: ['NPI «1234567893»', 'provider ID: «1245319599»'],
  clear: ['NPI 1234567894', '1234567893 seconds'],
};
