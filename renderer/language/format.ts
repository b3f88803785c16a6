/** Numbers, amounts and dates in the user's language, reactive to it. What each writes is told in `writing.ts`. */
import { language } from './t.svelte.ts';
import * as writing from './writing.ts';

export const number = (value: number, digits = 0): string => writing.number(language.locale, value, digits);
export const plainNumber = (value: number): string => writing.plainNumber(language.locale, value);
export const percent = (share: number): string => writing.percent(language.locale, share);
export const bytes = (count: number): string => writing.bytes(language.locale, count);
export const duration = (ms: number): string => writing.duration(language.locale, ms);
export const seconds = (ms: number): string => writing.seconds(language.locale, ms);
export const date = (time: number): string => writing.date(language.locale, time);
export const dateTime = (time: number): string => writing.dateTime(language.locale, time);
export const timeOfDay = (time: number): string => writing.timeOfDay(language.locale, time);
export const month = (time: number): string => writing.month(language.locale, time);
