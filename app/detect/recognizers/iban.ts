import { iban97 } from '../checksum.ts';
import { broken, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Length of an IBAN per country (SWIFT IBAN registry, release 99). */
const lengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 ' +
    'EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 ' +
    'KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 ' +
    'PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 ' +
    'UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);
const shortest = 15;
const country = [...lengths.keys()].join('|');
const grouped = /^[A-Z]{2}\d\d(?:[ -][A-Z0-9]{4}){2}/i;

export const iban: Recognizer = {
  kind: 'iban',
  context: ['iban', 'account', 'bank', 'transfer', 'wire', 'konto', 'cuenta', 'compte', 'conto', 'rekening'],
  find: patterns({
    regex: new RegExp(`(?<![\\p{L}\\p{N}_])(?:${country})[ -]?\\d[ -]?\\d(?:[ -]?[A-Z0-9]){10,36}`, 'giu'),
    score: 0,
    judge(value) {
      const length = lengths.get(value.slice(0, 2).toUpperCase()) ?? 0;
      const own = takeLetters(value, length);
      const compact = own.replace(/[ -]/g, '').toUpperCase();
      const endsThere = !/^[A-Z0-9]/i.test(value.slice(own.length));
      if (compact.length === length && endsThere && iban97(compact))
        return { verdict: 'proven', length: own.length };
      const unbroken = /^[A-Z0-9]+/i.exec(value)?.[0].length ?? 0;
      if (unbroken >= shortest) return { ...broken, length: unbroken };
      return compact.length === length && endsThere && grouped.test(own)
        ? { ...broken, length: own.length }
        : null;
    },
  }),
  canonical: lettersAndDigits,
  marked: [
    'Pay «DE89 3704 0044 0532 0130 00» and then call',
    'IBAN: «GB82WEST12345698765432».',
    '«nl91abna0417164300»',
    'konto «FR14-2004-1010-0505-0001-3M02-606»',
    'my IBAN is «GB26YVOK09234647792923»',
    'the rent in 14 days to «DE89 3704 0044 0532 0130 00»',
    'I am at 10 and my IBAN is «GB82 WEST 1234 5698 7654 32».',
    'from «DE89 3704 0044 0532 0130 00» «GB82 WEST 1234 5698 7654 32»',
  ],
  clear: [
    'GB26YVOK09234647792924 is a part number',
    'AB12 CDEF GHIJ KLMN',
    'to 12 people and then some more of us',
  ],
};

/** The beginning of `value` with `count` letters and digits, and the separators among them. */
function takeLetters(value: string, count: number): string {
  let seen = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] !== ' ' && value[at] !== '-') seen += 1;
    if (seen === count) return value.slice(0, at + 1);
  }
  return value;
}
