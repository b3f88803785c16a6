import { travelDigit } from '../checksum.ts';
import { patterns, proven, type Judgement, type Recognizer } from '../recognizer.ts';

const line = (length: number) => `[A-Z0-9<]{${length}}`;
const newLine = '[ \\t]{0,4}\\r?\\n[ \\t]{0,8}';
const border = ['(?<![A-Za-z0-9<])', '(?![A-Za-z0-9<])'] as const;

/**
 * The machine-readable zone of passports, visas and identity cards, whole or the line with the numbers, proven by
 * its check digits (ICAO Doc 9303, parts 4 to 7: sizes TD3, TD2, TD1).
 */
export const passportZone: Recognizer = {
  kind: 'passport',
  context: [],
  find: patterns(
    zone(`[PV][A-Z<]${line(42)}${newLine}${line(44)}`, (zone) => holds(zone.slice(44), true)),
    zone(`[ACIPV][A-Z<]${line(34)}${newLine}${line(36)}`, (zone) => holds(zone.slice(36), false)),
    zone(`[ACI][A-Z<]${line(28)}${newLine}${line(30)}${newLine}${line(30)}`, holdsCard),
    zone(line(44), (second) => holds(second, true)),
  ),
  canonical: (value) => value.replace(/\s+/g, ''),
  marked: [
    '«P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10»',
    'the second line, «L898902C36UTO7408122F1204159ZE184226B<<<<<10», says it',
    '«I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<»',
    '«I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6»',
  ],
  clear: ['L898902C37UTO7408122F1204159ZE184226B<<<<<10', 'A<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<'],
};

function zone(source: string, check: (compact: string) => boolean) {
  return {
    regex: new RegExp(border[0] + source + border[1], 'g'),
    score: 1,
    judge: (value: string): Judgement | null => (check(value.replace(/\s+/g, '')) ? proven : null),
  };
}

/** The second line: number, birth, expiry, each with its digit, and in TD3 the personal number, then one digit over all. */
function holds(second: string, personal: boolean): boolean {
  const last = second.length - 1;
  return (
    digitFollows(second, 0, 9) &&
    /^[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d/.test(second.slice(10)) &&
    digitFollows(second, 13, 19) &&
    digitFollows(second, 21, 27) &&
    (!personal || digitFollows(second, 28, 42)) &&
    travelDigit(second.slice(0, 10) + second.slice(13, 20) + second.slice(21, last)) === Number(second[last])
  );
}

function holdsCard(zone: string): boolean {
  return (
    digitFollows(zone, 5, 14) &&
    digitFollows(zone, 30, 36) &&
    digitFollows(zone, 38, 44) &&
    travelDigit(zone.slice(5, 30) + zone.slice(30, 37) + zone.slice(38, 45) + zone.slice(48, 59)) ===
      Number(zone[59])
  );
}

/** An empty personal number may have `<` for its digit. */
function digitFollows(text: string, start: number, end: number): boolean {
  const digit = text[end] === '<' ? 0 : Number(text[end]);
  return travelDigit(text.slice(start, end)) === digit;
}
