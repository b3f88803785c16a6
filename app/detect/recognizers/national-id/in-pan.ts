import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** Indian permanent account numbers: the fourth letter says who holds it (Income Tax Department, structure of PAN). */
export const inPan: Recognizer = {
  kind: 'national-id',
  context: ['pan', 'permanent account number', 'income tax'],
  find: patterns({ regex: alone('[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]'), score: 0.6 }),
  canonical: lettersAndDigits,
  marked: ['PAN «BNZPM2501F»', 'filed under «AAACT4120Q» last year'],
  clear: ['BNZXM2501F', 'BNZPM25011'],
};
