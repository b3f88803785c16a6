import { dateTime } from '../language/format.ts';

/** A time of the vault's records (ISO 8601) as the language writes it; as it is where it cannot be read. */
export function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : dateTime(time);
}
