import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

const letter = '[AC-HJKMNP-RT-Y]';
const either = '[AC-HJKMNP-RT-Y0-9]';

/** US Medicare Beneficiary Identifiers: eleven characters of a fixed pattern, no S L O I B Z (CMS, MBI format). */
export const mbi: Recognizer = {
  kind: 'medical',
  context: ['mbi', 'medicare', 'beneficiary', 'medicare number', 'medicare id'],
  find: patterns({
    regex: alone(`[1-9]${letter}${either}\\d(-?)${letter}${either}\\d\\1${letter}{2}\\d\\d`),
    score: 0.5,
  }),
  canonical: lettersAndDigits,
  marked: ['MBI «1EG4-TE5-MK73»', 'billed to «1EG4TE5MK73»'],
  clear: ['1EG4-SE5-MK73', 'part 0EG4TE5MK73'],
};
