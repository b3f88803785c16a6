import { patterns, type Recognizer } from '../recognizer.ts';

const names = [
  'nationality|citizenship|ethnicity|ethnic group|race|religion|faith|denomination|political (?:affiliation|party|opinion|views)|sexual orientation|marital status|civil status|gender|sex',
  'Staatsangehörigkeit|Nationalität|Konfession|Familienstand|Geschlecht',
  'nationalité|sexe|état civil|nacionalidad|religión|estado civil|sexo|nazionalità|religione|stato civile|sesso',
].join('|');
/** What a form or a schema writes in the place of an answer. */
const none =
  /^(?:none|unknown|other|optional|required|string|number|boolean|null|undefined|true|false|any|select|yes|no)$/i;

/** What groups someone belongs to, as forms ask for it: the answer after the name of the field. */
export const group: Recognizer = {
  kind: 'group',
  context: [],
  find: patterns({
    regex: new RegExp(
      `(?<!\\p{L})(?:${names})["']?[ \\t]?[:=][ \\t]?["']?(?<value>\\p{Lu}[\\p{L}'-]{2,24}(?: \\p{Lu}[\\p{L}-]{2,24})?)(?![\\p{L}\\p{N}_(<\\[]|\\.\\p{L})`,
      'dgiu',
    ),
    score: 0.6,
    judge: (value) => (none.test(value) || !/^\p{Lu}/u.test(value) ? null : { verdict: 'plausible' }),
  }),
  marked: [
    'Nationality: «Danish», born abroad',
    'Religion: «Roman Catholic»',
    '"marital_status": "x", "gender": "«Female»"',
    'Staatsangehörigkeit: «Österreichisch»',
    'Estado civil: «Casada»',
  ],
  clear: ['gender: string', 'Race: Select()', 'the religion of the region', 'Religion: none'],
};
