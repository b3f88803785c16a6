/** Numbers, amounts and dates as a language writes them. `locale` is a BCP 47 tag. */

/** A formatter per language and options: making one takes longer than using it. */
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  locale: string,
  name: string,
  make: (locale: string) => T,
): T {
  const key = `${locale} ${name}`;
  const found = made.get(key) as T | undefined;
  if (found) return found;
  const formatter = make(locale);
  made.set(key, formatter);
  return formatter;
}

/** `12,345` */
export function number(locale: string, value: number, digits = 0): string {
  return once(
    locale,
    `number ${digits}`,
    (locale) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value);
}

/** As it is typed into a field: `12345.5` */
export function plainNumber(locale: string, value: number): string {
  return once(
    locale,
    'plain number',
    (locale) => new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 9 }),
  ).format(value);
}

/** A share of 1: `37 %`. */
export function percent(locale: string, share: number): string {
  return once(locale, 'percent', (locale) => new Intl.NumberFormat(locale, { style: 'percent' })).format(
    share,
  );
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** In steps of 1000, three digits at most: `950 byte`, `12.4 kB`, `3.87 MB`. */
export function bytes(locale: string, count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return once(
    locale,
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
export function duration(locale: string, ms: number): string {
  if (ms >= 119_500) return amount(locale, ms / 60_000, 'min', 2);
  if (ms >= 999.5) return amount(locale, ms / 1000, 's', 3);
  return amount(locale, ms, 'ms', ms < 10 ? 1 : 3);
}

/** Milliseconds in seconds, for an estimate: `2.1 s`, `0.4 s`, `14 s`. */
export function seconds(locale: string, ms: number): string {
  return amount(locale, ms / 1000, 's', 2);
}

/** Seconds and minutes by their symbols, which are the same everywhere; `Intl` writes "secs" here and "Sek." there. */
function amount(locale: string, value: number, symbol: 'ms' | 's' | 'min', significant: number): string {
  const digits = once(
    locale,
    `significant ${significant}`,
    (locale) => new Intl.NumberFormat(locale, { maximumSignificantDigits: significant }),
  ).format(value);
  return `${digits}\u00a0${symbol}`;
}

/** `19 November 2026` */
export function date(locale: string, time: number): string {
  return once(locale, 'date', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long' })).format(
    time,
  );
}

/** `19 Nov 2026, 14:05` */
export function dateTime(locale: string, time: number): string {
  return once(
    locale,
    'date and time',
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
  ).format(time);
}

/** `14:05` */
export function timeOfDay(locale: string, time: number): string {
  return once(locale, 'time', (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' })).format(
    time,
  );
}

/** `November 2026` */
export function month(locale: string, time: number): string {
  return once(
    locale,
    'month',
    (locale) => new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }),
  ).format(time);
}
