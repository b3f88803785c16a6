/** Numbers, amounts and dates as the language writes them. Every function is reactive to the language. */
import { language } from './t.svelte.ts';

/** A formatter per language and options: making one takes longer than using it. */
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  name: string,
  make: (locale: string) => T,
): T {
  const { locale } = language;
  const key = `${locale} ${name}`;
  const found = made.get(key) as T | undefined;
  if (found) return found;
  const formatter = make(locale);
  made.set(key, formatter);
  return formatter;
}

/** `12,345` */
export function number(value: number, digits = 0): string {
  return once(
    `number ${digits}`,
    (locale) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value);
}

/** A share of 1: `37 %`. */
export function percent(share: number): string {
  return once('percent', (locale) => new Intl.NumberFormat(locale, { style: 'percent' })).format(share);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** In steps of 1000, three digits at most: `950 byte`, `12.4 kB`, `3.87 MB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return once(
    `bytes ${unit}`,
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: byteUnits[unit] ?? 'byte',
        unitDisplay: unit === 0 ? 'long' : 'short',
        maximumSignificantDigits: 3,
      }),
  ).format(value);
}

/** Milliseconds as `0.4 ms`, `86 ms`, `1.93 s` or `2 min`. */
export function duration(ms: number): string {
  if (ms >= 119_500) return amount(ms / 60_000, 'minute', 2);
  if (ms >= 999.5) return amount(ms / 1000, 'second', 3);
  return amount(ms, 'millisecond', ms < 10 ? 1 : 3);
}

/** Milliseconds in whole seconds and tenths, for an estimate: `2 s`, `0.4 s`. */
export function seconds(ms: number): string {
  return amount(ms / 1000, 'second', ms < 9_950 ? 2 : 3);
}

function amount(value: number, unit: string, significant: number): string {
  return once(
    `${unit} ${significant}`,
    (locale) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumSignificantDigits: significant,
      }),
  ).format(value);
}

/** `19 November 2026` */
export function date(time: number): string {
  return once('date', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long' })).format(time);
}

/** `19 Nov 2026, 14:05` */
export function dateTime(time: number): string {
  return once(
    'date and time',
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
  ).format(time);
}

/** `14:05` */
export function timeOfDay(time: number): string {
  return once('time', (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' })).format(time);
}

/** `November 2026` */
export function month(time: number): string {
  return once(
    'month',
    (locale) => new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }),
  ).format(time);
}
