import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';
import { isMonthAndDay } from './national-id/checked-id.ts';

const year = '(?:1[89]|20)\\d\\d';
const time =
  '[T ]{1,2}(?:[01]?\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:[.,]\\d{1,9})?)?(?: ?(?:[AaPp]\\.?[Mm]\\b\\.?|Z|UTC|GMT|[+-]\\d\\d:?\\d\\d))?';
const before = '(?<![\\p{L}\\p{N}_/.$€£-])';
const after = '(?![\\p{N}_]|[-/.:]\\p{N}|-\\p{L}|\\.\\p{Ll})';
const version = /(?:version|release|build|v)[ :=]{0,2}$/i;
const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';

/**
 * Dates in digits (ISO 8601 and what people write), and times only with a date. Two digits of a year need context, and so does
 * a day of ISO 8601 alone: releases and reports are dated so.
 */
export const numericDate: Recognizer = {
  kind: 'date',
  context: [
    ...'born birth birthday birthdate bday dob date dated issued expires expiry exp admitted discharged'.split(
      ' ',
    ),
    ...'appointment visit signed hired deceased geboren geb geburtsdatum datum naissance né née nacimiento'.split(
      ' ',
    ),
    ...'nacido nacida fecha nato nata nascita data'.split(' '),
    'date of birth',
  ],
  find: patterns(
    {
      regex: new RegExp(`${before}${year}([-/.])\\d\\d?\\1\\d\\d?(?:${time})?${after}`, 'giu'),
      score: 0.5,
      judge(value, before) {
        const [, month = 0, day = 0] = numbers(value);
        if (version.test(before)) return null;
        return value.includes(':') ? judgeDay(month, day) : judgeDay(month, day, 0.2);
      },
    },
    {
      regex: new RegExp(`${before}\\d\\d?([-/.])\\d\\d?\\1${year}(?:,?${time})?${after}`, 'giu'),
      score: 0.5,
      judge: judgeEither,
    },
    {
      regex: new RegExp(`${before}\\d\\d?([-/.])\\d\\d?\\1\\d\\d(?:,?${time})?${after}`, 'giu'),
      score: 0.1,
      judge: judgeEither,
    },
    // RFC 3339 without separators; the common log format; RFC 3164, whose lines begin with it.
    {
      regex: new RegExp(
        `${before}20\\d\\d(?:0[1-9]|1[0-2])(?:[0-2]\\d|3[01])T[0-2]\\d[0-5]\\d[0-5]\\dZ?(?![\\p{L}\\p{N}_])`,
        'gu',
      ),
      score: 0.6,
    },
    {
      regex: new RegExp(
        `(?<!\\p{N})[0-3]\\d/(?:${months})/20\\d\\d:[0-2]\\d:[0-5]\\d:[0-5]\\d(?: [+-]\\d{4})?`,
        'gu',
      ),
      score: 0.6,
    },
    {
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}])(?:${months}) {1,2}[0-3]?\\d [0-2]\\d:[0-5]\\d:[0-5]\\d(?!\\p{N})`,
        'gu',
      ),
      score: 0.6,
    },
  ),
  canonical: (value) => value.replace(/\b0(?=\d)/g, ''),
  marked: [
    'DOB: «1984-05-03»',
    'seen «2024-11-12T15:42:00Z», again «2024-11-12 15:42:07,123»',
    'on «03/05/1984» and «31.12.1999»',
    'born «5/3/84»',
    '[«12/Nov/2024:15:42:00 +0000»] GET',
    '«Nov 12 15:42:07» host sshd',
  ],
  clear: [
    'version 2024.1.3, release-2024-05-12.zip, /2024/05/12/',
    '13/31/2020 and 2020-13-01',
    'odds of 5/3/84',
    '## 11.0.1 - 2019-03-22',
    'at 12:34 or 5 pm',
    '10.0.1 and 1.2.2024.5',
  ],
};

function numbers(value: string): number[] {
  return value.split(/\D+/, 3).map(Number);
}

function judgeEither(value: string): Judgement | null {
  const [first = 0, second = 0] = numbers(value);
  return judgeDay(first, second) ?? judgeDay(second, first);
}

function judgeDay(month: number, day: number, score?: number): Judgement | null {
  if (!isMonthAndDay(month, day)) return null;
  return score === undefined ? { verdict: 'plausible' } : { verdict: 'plausible', score };
}
