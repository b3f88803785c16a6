import { alone, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Driving licences: the British number has a structure (DVLA, INF1D), the others are told by their context. */
export const licence: Recognizer = {
  kind: 'licence',
  context: [
    ...['driver', 'drivers', 'driver s', 'driving'].flatMap((who) => [`${who} license`, `${who} licence`]),
    ...['license', 'licence'].flatMap((what) => [`${what} number`, `${what} no`, `${what} id`]),
    'license',
    'licence',
    ...'dl dln führerschein führerscheinnummer rijbewijs'.split(' '),
    'permis de conduire',
    'carnet de conducir',
    'patente di guida',
    'patente',
  ],
  find: patterns(
    {
      regex: alone(
        '[A-Z](?:[A-Z]{4}|[A-Z]{3}9|[A-Z]{2}99|[A-Z]999|9999)\\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\\d|3[01])\\d[A-Z9]{2}[A-Z0-9][A-Z]{2}',
      ),
      score: 0.6,
    },
    {
      regex:
        /(?<![\p{L}\p{N}_-])(?!(?:DL|DLN|ID|NO|NR|NUMBER|LICEN[CS]E)[ :])(?=(?:[A-Z -]{0,4}\d){4})[A-Z0-9](?:[ -]?[A-Z0-9]){5,17}(?![\p{L}\p{N}_-])/gu,
      score: 0.05,
      judge: (value) => {
        // What follows the first group without a digit is the next word.
        const own =
          /^(?:[A-Z]{1,4}[ -])?[A-Z0-9-]*\d[A-Z0-9-]*(?: [A-Z0-9-]*\d[A-Z0-9-]*){0,4}(?: [A-Z](?![A-Z0-9]))?/.exec(
            value,
          )?.[0];
        if (/^(?:19|20)\d\d ?- ?(?:19|20)\d\d$/.test(own ?? '')) return null;
        return own && own.replace(/\D/g, '').length >= 4
          ? { verdict: 'plausible', length: own.length }
          : null;
      },
    },
  ),
  canonical: lettersAndDigits,
  marked: [
    "driver's license «D1234567»",
    'Driving licence: «MORGA753116SM9IJ»',
    'DL «S530-4601-5570», class C',
    'Führerschein Nr. «B072RRE2I55»',
    'licence number «AB 123456 C»',
    'DL: «DL-Q11862-62».',
  ],
  clear: [
    'model D1234567',
    'licence MIT, License (c) 2011-2018',
    'a driver license in 2024',
    'part MORGA753',
  ],
};
