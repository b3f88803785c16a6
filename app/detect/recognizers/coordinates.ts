import { patterns, plausible, type Recognizer } from '../recognizer.ts';

const degrees = '[0-8]?\\d|90';
const wide = '1[0-7]\\d|180|\\d?\\d';
const gap = '[ ]{0,2}[,;/ ][ ]{0,2}';

/** Points on the Earth (ISO 6709): decimal degrees with at least four places, or degrees with their signs. */
export const coordinates: Recognizer = {
  kind: 'coordinates',
  context: [
    'coordinates',
    'coordinate',
    'gps',
    'location',
    'lat',
    'latitude',
    'lon',
    'lng',
    'longitude',
    'position',
  ],
  find: patterns(
    {
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}_.,+-])(?<!\\d[,;]? )[+-]?(?:${degrees})\\.\\d{4,15}${gap}[+-]?(?:${wide})\\.\\d{4,15}(?![\\p{L}\\p{N}_]|[.,]\\d|,? ?\\d+\\.\\d)`,
        'gu',
      ),
      score: 0.5,
    },
    {
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}_.,+-])(?<!\\d[,;]? )[+-]?(?:${degrees})\\.\\d{2,3}${gap}[+-]?(?:${wide})\\.\\d{2,3}(?![\\p{L}\\p{N}_]|[.,]\\d|,? ?\\d+\\.\\d)`,
        'gu',
      ),
      score: 0.05,
    },
    {
      regex: new RegExp(
        `(?<![\\p{L}\\p{N}_.])${angle(degrees)} ?[NS]${gap}${angle(wide)} ?[EWO](?![\\p{L}\\p{N}_])`,
        'gu',
      ),
      score: 0.8,
      judge: () => plausible,
    },
  ),
  marked: [
    'GPS: «52.5200, 13.4050»',
    'pinned at «-33.856784, 151.215297».',
    '«40.7128° N, 74.0060° W» at noon',
    '«48°51′29.6″N 2°17′40.2″E», the tower',
    'lat/lon «48.858, 2.294»',
  ],
  clear: ['from 3.14, 2.72 on', 'weights 0.1234, 0.5678, 0.9012', '98.1234, 13.4050', 'at 20° N'],
};

function angle(whole: string): string {
  return `(?:${whole})(?:\\.\\d{1,10})?[°º] ?(?:\\d{1,2}(?:\\.\\d{1,8})?['′’] ?(?:\\d{1,2}(?:\\.\\d{1,8})?["″”] ?)?)?`;
}
