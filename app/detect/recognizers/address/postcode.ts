import { lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';
import { canadianCode, stateAndZip, ukCode } from './codes.ts';

const before = '(?<![A-Za-zÀ-ž0-9_#$€£-])';
const after = '(?![A-Za-zÀ-ž0-9_-])';
const town =
  "(?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24})(?: (?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24})){0,2}, ";

/** Postal codes: British and Canadian by their shape, American after a state, five digits after the word for it. */
export const postcode: Recognizer = {
  kind: 'address',
  context: [
    ...'zip zipcode postcode plz postleitzahl cap'.split(' '),
    ...['zip code', 'postal code', 'post code', 'code postal', 'código postal', 'codice postale'],
  ],
  find: patterns(
    { regex: new RegExp(`${before}(?:${ukCode})${after}`, 'gu'), score: 0.5, judge: spaced },
    { regex: new RegExp(`${before}(?:${canadianCode})${after}`, 'gu'), score: 0.5, judge: spaced },
    { regex: new RegExp(`${before}(?:${town})?(?:${stateAndZip})${after}`, 'gu'), score: 0.6 },
    {
      regex: new RegExp(`${before}(?:D|A|CH|F|I|E)-\\d{4,5} [A-ZÀ-ÖØ-ÞĀ-Ž][a-zß-ÿ]{2,24}${after}`, 'gu'),
      score: 0.5,
    },
    { regex: new RegExp(`${before}\\d{4} ?[A-Z]{2}${after}`, 'gu'), score: 0.05 },
    { regex: new RegExp(`${before}\\d{3,5}(?:[ -]\\d{2,4})?${after}`, 'gu'), score: 0.05 },
  ),
  canonical: lettersAndDigits,
  marked: [
    'at «SW1A 2AA» by noon',
    'to «K1A 0B1» in Canada',
    'moved to «Springfield, IL 62704»',
    'zip code «62704-1234»',
    'PLZ «10115», code postal «75002»',
    'aus «D-10115 Berlin»',
    'postcode: «1015 CJ»',
  ],
  clear: ['B2B 3AM', 'in 62704 cases', 'OR 12 and IN 2020', 'type A1A1A1', 'model M5 3GB'],
};

/** Without the space the shape is that of a part number. */
function spaced(value: string) {
  return { verdict: 'plausible', score: value.includes(' ') ? 0.5 : 0.05 } as const;
}
