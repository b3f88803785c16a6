import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { doubtful, patterns, type Judgement, type Recognizer } from '../recognizer.ts';

const extension = '(?:[ ,]{0,2}(?:x|ext\\.?|extension)[ .]?\\d{1,6})?';
const international = new RegExp(
  `(?<![\\p{L}\\p{N}_+])\\(?(?:\\+|00|011[ -])[ (]{0,2}\\d(?:[ ./()-]{0,3}\\d){6,16}${extension}(?!\\d)`,
  'giu',
);
const national = new RegExp(
  `(?<![\\p{L}\\p{N}_+$€£#])(?<!\\d[./:-])\\(?\\d(?:[ ./()-]{0,3}\\d){6,13}${extension}(?![\\p{L}\\p{N}_]|[./:-]\\d)`,
  'giu',
);
const northAmerican = /^(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{0,2}\d{3}[ .-]\d{4}(?!\d)/;
const date =
  /(?<!\d[-./]?)(?:(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}(?![-./]?\d)|\d{1,2}([-./])\d{1,2}\2(?:19|20)?\d\d(?![-./]?\d))|^\(?(?:1[5-9]|20)\d\d ?- ?(?:1[5-9]|20)\d\d/;
const address = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** Fewer digits than this are a number in a sentence, unless a context word stands before it. */
const fewest = 9;
/** How many groups at the end may belong to the next number. */
const mostCuts = 3;
/** More groups than this are digits told one by one: for the context to decide, not for the library. */
const mostGroups = 8;

const context = [
  ...'phone phones telephone tel ph mobile mob cell cellphone fax landline hotline call called calling'.split(
    ' ',
  ),
  ...'dial ring text sms whatsapp contact reach reached'.split(' '),
  ...'telefon handy mobil telefono teléfono móvil téléphone'.split(' '),
  'number is',
];

/**
 * Telephone numbers, by libphonenumber's lengths and prefixes. There is no checksum, so none is proven.
 * The fictional 555-01xx are marked: they are what people type when they try the program out.
 */
export function createPhone(regions: readonly CountryCode[]): Recognizer {
  return {
    kind: 'phone',
    context,
    find: patterns(
      { regex: international, score: 0.75, judge: judgeInternational },
      { regex: national, score: 0.6, judge: (value) => judgeNational(value, regions) },
    ),
    canonical: (value) => canonical(value, regions),
    marked: [
      'Book a table for Maria, phone «415-555-0132».',
      'Call «+1 (415) 555-0132» or «+41 (0)71 526 99 04» today',
      'Berlin: «030 23125 100», London: «(020) 7946 0958»',
      'Appelez «01.84.17.61.18».',
      'Fax: «001-253-366-9781»',
      'you can reach me on «9472 7916»',
      'my cell is «4155550132»',
      'tel. «+１ ４１５ ５５５ ０１３２»',
      'Mobile «+1 415 555 0132 ext. 22»',
      'on 2026-11-21 «415-555-0132»',
    ],
    clear: [
      'Released on 2026-11-21, again on 21.11.2026 and 11/21/2026.',
      'between 1990-2005 and 2010 - 2020',
      'a bonus of +1000000 points, born (1816-1850/55), (505657) 2014',
      'It costs $415 555 or 1,234,567.89 in all.',
      'order 4155550132 of 100 200 300',
      'pi is 3.14159265358979, version 10.0.19041.1415',
    ],
  };
}

function judgeInternational(value: string): Judgement {
  for (const shorter of cuts(value)) {
    const number = parsePhoneNumberFromString(withPlus(shorter));
    if (number?.isValid()) return { verdict: 'plausible', length: shorter.length };
  }
  const spelled =
    value.includes('+') && /\d[ ./()-]+\d/.test(value) && value.replace(/\D/g, '').length > fewest;
  if (!spelled) return doubtful;
  const number = parsePhoneNumberFromString(withPlus(value));
  return { verdict: 'plausible', score: number?.isPossible() ? 0.6 : 0.4 };
}

function judgeNational(value: string, regions: readonly CountryCode[]): Judgement | null {
  if (date.test(value) || address.test(value) || /^\d+\.\d+$/.test(value)) return null;
  if (value.split(/\D+/).length > mostGroups) return doubtful;
  const northern = northAmerican.exec(value);
  for (const shorter of cuts(value)) {
    const count = shorter.replace(/\D/g, '').length;
    const grouped = /[ ./()-]/.test(shorter);
    const trunk = /^\(?0/.test(shorter);
    if (count < fewest || !(northern || trunk || /^\(\d{2,5}\)/.test(shorter) || !grouped)) continue;
    if (regions.some((region) => parsePhoneNumberFromString(shorter, region)?.isValid())) {
      return { verdict: 'plausible', length: shorter.length, score: grouped ? 0.6 : trunk ? 0.3 : 0.1 };
    }
  }
  if (northern) return { verdict: 'plausible', length: northern[0].length, score: 0.5 };
  return doubtful;
}

/** The value, then the value without its last group, and so on. */
function* cuts(value: string): Generator<string> {
  let rest = value;
  yield rest;
  for (let cut = 0; cut < mostCuts; cut += 1) {
    const shorter = rest.replace(/[ ./()-]+[^ ./()-]*$/, '');
    if (shorter === rest || shorter === '') return;
    yield shorter;
    rest = shorter;
  }
}

function withPlus(value: string): string {
  return value.replace(/^\(?(?:\+|00|011[ -])[ (]{0,2}/, '+').replace(/\(0\)/, '');
}

function canonical(value: string, regions: readonly CountryCode[]): string {
  const [home] = regions;
  const number = parsePhoneNumberFromString(
    /^\(?(?:\+|00|011[ -])/.test(value) ? withPlus(value) : value,
    home,
  );
  return number?.number ?? value.replace(/\D/g, '');
}
