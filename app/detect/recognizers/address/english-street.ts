import { patterns, type Judgement, type Recognizer } from '../../recognizer.ts';
import { canadianCode, stateAndZip, states, ukCode } from './codes.ts';

const number = '\\d{1,6}(?:[A-Za-z]|-\\d{1,4}| 1/2)?';
const heading = '(?:(?:[NSEW]\\.?|[NS][EW]|North|South|East|West|Northeast|Northwest|Southeast|Southwest) )?';
const words = "(?:(?:(?!The )[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{0,24}(?:\\.(?= ))?|\\d{1,3}(?:st|nd|rd|th)) ){1,4}";
const kinds =
  'Street|Str|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Place|Pl|Terrace|Ter|Way|Circle|Cir|Trail|Trl|Parkway|Pkwy|Highway|Hwy|Square|Sq|Close|Crescent|Cres|Gardens|Grove|Mews|Loop|Alley|Row|Walk|Plaza|Pike|Turnpike|Quay|Hill|Rise';
const unit =
  '(?:,? (?:(?:Apt|Apartment|Suite|Ste|Unit|Room|Rm|Floor|Flat|Bldg|Building)\\.? ?#?|#) ?[A-Z0-9-]{1,6}(?![A-Za-zÀ-ž0-9]))?';
// Latin letters are enough here: a class of every script's letters takes long to prepare, at the first key.
const town =
  "(?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24})(?: (?:(?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24})|upon|on|of|le|under)){0,3}";
const gap = '(?:,[ \\n]|,? ?\\r?\\n| )';
const street = `(?<![A-Za-zÀ-ž0-9_$€£.,:/-])${number},? ${heading}${words}(?:${kinds})(?![A-Za-zÀ-ž])(?:\\.(?=[ ,]))?(?: (?:[NSEW]|[NS][EW]|North|South|East|West)(?![A-Za-zÀ-ž]))?`;

/** Street addresses as in English: number, name, kind of street; with unit, town and code where they follow. */
export const englishStreet: Recognizer = {
  kind: 'address',
  context: [
    'address',
    'live',
    'lives',
    'living',
    'reside',
    'resides',
    'home',
    'moved',
    'ship',
    'deliver',
    'located',
    'at',
  ],
  find: patterns(
    {
      regex: new RegExp(
        `${street}${unit}${gap}(?:${town}${gap}){1,2}(?:${stateAndZip}|${ukCode}|${canadianCode}|(?<=, )(?:${states}))(?:,? (?:USA|U\\.S\\.A\\.|UK|Canada))?(?![A-Za-zÀ-ž0-9])`,
        'gu',
      ),
      score: 0.9,
    },
    { regex: new RegExp(`${street}${unit}(?:,? (?:${ukCode}))?`, 'gu'), score: 0.5, judge: judgeStreet },
  ),
  marked: [
    'lives at «742 Alder Lane, Milford, GA 38257».',
    'Ship to «12 N. 4th Ave, Apt 3B, Salem, OR 97301» today',
    'my office is «221 Harbour Street, London SW1A 2AA»',
    'Address: «88 Quince Rd».',
    'moved to «751 Cherry Street, Springfield, IL».',
    '«1600 Orchard Road\nPalo Verde, CA 94304»',
    '«5 Elm Close, Toronto, ON M5V 2T6»',
  ],
  clear: [
    'the 1980 Wall Street crash',
    'Top 10 ways to Square One',
    'In 1955 Abbey Road opened',
    'on Main Street',
    '4 Saint Peter St. Paul',
    'chapter 3 The Road ahead',
  ],
};

/** A year before a street's name, and a saint after a number, are something else. */
function judgeStreet(value: string): Judgement | null {
  if (/ St\.?$/.test(value) && / (?:Saint|San) /.test(value)) return null;
  return /^(?:1[5-9]|20)\d\d /.test(value) ? { verdict: 'plausible', score: 0.05 } : { verdict: 'plausible' };
}
