import { alone, lettersAndDigits, patterns, type Recognizer } from '../../recognizer.ts';

/** US taxpayer numbers of people without a Social Security number: 9, then groups 50-65, 70-88, 90-92, 94-99 (IRS Publication 1915). */
export const usItin: Recognizer = {
  kind: 'national-id',
  context: ['itin', 'tin', 'taxpayer', 'tax id'],
  find: patterns(
    { regex: alone('9\\d\\d([ -])(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])\\1\\d{4}'), score: 0.45 },
    { regex: alone('9\\d\\d(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])\\d{4}'), score: 0.05 },
  ),
  canonical: lettersAndDigits,
  marked: ['ITIN «912-78-1234»', 'files with «941-90-2231».', 'taxpayer number «912781234»'],
  clear: ['part 912-69-1234', 'part 912-93-1234', '912781234 visits'],
};
