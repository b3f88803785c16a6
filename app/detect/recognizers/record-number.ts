import { alone, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

const holders =
  'employee customer client member membership subscriber policy policyholder claim invoice student badge staff personnel loan contract beneficiary payroll tenant serial insurance booking reservation transaction national tax registration permit case docket'.split(
    ' ',
  );
const numbers = ['id', 'number', 'nr', 'num', 'identifier', 'ref', 'reference'];
/** Who may stand before the "no." that is a number; elsewhere it is the word. */
const numbered =
  'policy claim invoice case docket member membership customer client employee student booking loan contract badge permit'.split(
    ' ',
  );

const longest = 24;

/**
 * Numbers by which an office, a firm or a court knows someone: after what they are called, or with one of the
 * prefixes that such numbers are issued with, or written as courts write dockets.
 */
export const recordNumber: Recognizer = {
  kind: 'account',
  context: [
    ...holders.flatMap((holder) => numbers.map((number) => `${holder} ${number}`)),
    ...numbered.map((holder) => `${holder} no`),
    ...'id card|identity card|identification number|identity number|id number|docket|kundennummer'.split('|'),
    ...'personalnummer|versichertennummer|vertragsnummer|rechnungsnummer|aktenzeichen|ausweisnummer'.split(
      '|',
    ),
    ...'número de cliente|numéro client|numéro de dossier|codice cliente|numero cliente|expediente'.split(
      '|',
    ),
  ],
  find: patterns(
    {
      regex:
        /(?<![\p{L}\p{N}_-])(?:EMP|EMPL|INV|POL|CLM|CLAIM|CUST|ACCT|ACC|STU|MEM|SUB|TXN|INS|NID|LOAN|PAY|BADGE|CASE)[-_#]?[A-Z]{0,2}\d{4,12}(?:-\d{1,6})?(?![\p{L}\p{N}_-])/gu,
      score: 0.5,
    },
    {
      regex: /(?<!\p{L})ID(?: (?:no\.?|number))?[:#]? ?(?<value>[A-Z]{1,2}\d{6,9})(?![\p{L}\p{N}_-])/dgu,
      score: 0.4,
    },
    // The federal courts of the United States, and what many others write: 2:19-cv-01234, 2021-CR-4711.
    { regex: alone('\\d:\\d\\d-[a-z]{2}-\\d{3,6}(?:-[A-Z]{2,4}){0,3}'), score: 0.7 },
    {
      regex: alone(
        '(?:19|20)?\\d\\d-[A-Z]{2,5}-\\d{3,8}(?:-[A-Z]{2,4})?|\\d\\d-(?:cv|cr|bk|mc|mj|ap)-\\d{3,6}(?:-[A-Z]{2,4}){0,3}',
      ),
      score: 0.5,
    },
    {
      regex:
        /(?<![\p{L}\p{N}_$€£-])(?=(?:[A-Z/-]{0,8}\d){4})[A-Z0-9]{1,16}(?:[-/][A-Z0-9]{1,12}){0,4}(?![\p{L}\p{N}_%-]|[./:,]\d)/giu,
      score: 0.05,
      judge: (value) =>
        value.length > longest || /^(?:19|20)\d\d(?:[-/](?:19|20)?\d\d?(?:[-/]\d\d?)?)?$/.test(value)
          ? null
          : { verdict: 'plausible' },
    },
  ),
  canonical: lettersAndDigits,
  marked: [
    'Employee ID: «80893»',
    'ask for #«EMP-80893» or «INV-308151»',
    'ID: «Y93641985»',
    'policy number «HX-2290-417» lapsed',
    '"customer_id": "«C0048213»"',
    'Case No. «2:19-cv-01234-ABC»',
    'docket «2021-CR-4711»',
    'Kundennummer «4711-2290»',
  ],
  clear: [
    'ticket ABC-1234',
    'in case 2000 people come',
    'file no longer 12345 lines, Record<number, 8664>',
    'policy of 2021-05-06',
    'ISO-8859, RFC 2119, HTTP 2000',
  ],
};
