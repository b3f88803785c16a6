import { alone, patterns, type Recognizer } from '../../recognizer.ts';

/** Codes of the International Classification of Diseases, tenth revision (WHO), after a word for a diagnosis. */
export const icd: Recognizer = {
  kind: 'medical',
  context: [
    'icd',
    'icd 10',
    'icd10',
    'diagnosis',
    'diagnoses',
    'diagnosed',
    'dx',
    'diagnose',
    'diagnostic',
    'diagnóstico',
  ],
  find: patterns({ regex: alone('[A-TV-Z]\\d[0-9AB](?:\\.[0-9A-TV-Z]{1,4})?'), score: 0.05 }),
  marked: ['ICD-10: «E11.9»', 'diagnosis «F32.1» since', 'Dx «J45»'],
  clear: ['gate B12', 'the A10 to K12.5', 'ICD codes are long'],
};
