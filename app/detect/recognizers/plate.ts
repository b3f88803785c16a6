import { lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Number plates: a few letters and digits in groups, told by their context alone. */
export const plate: Recognizer = {
  kind: 'plate',
  context: [
    ...['license', 'licence', 'number', 'registration'].flatMap((what) => [
      `${what} plate`,
      `${what} plates`,
    ]),
    ...'plate plates kennzeichen nummernschild matrícula immatriculation targa kenteken'.split(' '),
    'vehicle registration',
    'plaque',
  ],
  find: patterns({
    regex:
      /(?<![\p{L}\p{N}_$€£-])(?!(?:LICEN[CS]E|PLATES?|NUMBER|NO|REG|IS)\b)(?=[A-ZÄÖÜ0-9 -]{0,9}\d)(?=[0-9 -]{0,9}[A-ZÄÖÜ])[A-ZÄÖÜ0-9]{1,8}(?:[ -][A-ZÄÖÜ0-9]{1,4}){0,2}(?![\p{L}\p{N}_-])/gu,
    score: 0.05,
    judge(value) {
      const own =
        /^[A-ZÄÖÜ0-9-]*(?: [A-ZÄÖÜ0-9]*\d[A-ZÄÖÜ0-9]*| [A-Z]{1,3}(?= \d| ?$)){0,2}/.exec(value)?.[0] ?? value;
      const size = own.replace(/[ -]/g, '').length;
      return size >= 5 && size <= 9 && /\d/.test(own) && /\p{L}/u.test(own)
        ? { verdict: 'plausible', length: own.length }
        : null;
    },
  }),
  canonical: lettersAndDigits,
  marked: [
    'license plate «7ABC123»',
    'Kennzeichen «B-AB 1234»',
    'plate number «DJV-3331»,',
    'targa «AB 123 CD»',
    'matrícula «1234 BCD»',
  ],
  clear: ['code DJV-3331', 'a plate of 12 CM', 'PLATE TECTONICS', 'number plate 12'],
};
