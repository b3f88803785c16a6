import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** Numbers of patients' records: the prefix MRN, or digits after the word for them. */
export const medicalRecord: Recognizer = {
  kind: 'medical',
  context: [
    ...'mrn|medical record|medical record number|patient id|patient number|patient no|chart number|chart no'.split(
      '|',
    ),
    ...'health id|health insurance id|health card|hin|prescription|prescription number|rx|patientennummer|fallnummer|numéro de patient'.split(
      '|',
    ),
  ],
  find: patterns(
    { regex: alone('(?:MRN|PAT|RX)[-#]?\\d{5,12}'), score: 0.6 },
    { regex: alone('(?=[A-Z-]{0,4}\\d)[A-Z]{0,3}-?\\d{5,12}(?:-\\d{1,4})?'), score: 0.05 },
  ),
  canonical: lettersAndDigits,
  marked: ['see «MRN-1015138»', 'MRN: «1015138»', 'patient ID «H0048213», ward 3', 'Rx «7890123»'],
  clear: ['chart 48213', 'record of 1015138 visits'],
};
