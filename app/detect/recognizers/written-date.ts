import { patterns, type Recognizer } from '../recognizer.ts';

const months = [
  'Jan(?:uary|uar|\\.)?|Feb(?:ruary|ruar|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|July?\\.?|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|O[ck]t(?:ober|\\.)?|Nov(?:ember|\\.)?|De[cz](?:ember|\\.)?',
  'Jänner|März|Mai|Juni|Juli',
  'janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre',
  'enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre',
  'gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre',
].join('|');
const day = '(?:3[01]|[12]\\d|0?[1-9])';
const year = '(?:1[89]|20)\\d\\d';
const border = ['(?<![\\p{L}\\p{N}_-])', '(?![\\p{L}\\p{N}_])'] as const;
const month = `(?:${months})`;

/**
 * Dates with the month as a word. Newspapers are full of them: a rule marks them where the words before speak of a
 * person's birth or a person's papers, the others are the model's.
 */
export const writtenDate: Recognizer = {
  kind: 'date',
  context: [
    ...'born birth birthday birthdate bday dob admitted discharged admission discharge appointment'.split(
      ' ',
    ),
    ...'expires expiry expiration hired deceased diagnosed geboren geburtsdatum geburtstag geb termin'.split(
      ' ',
    ),
    ...'né née naissance anniversaire nacido nacida nació nacimiento cumpleaños nato nata nascita compleanno'.split(
      ' ',
    ),
    'date of birth',
    'birth date',
  ],
  find: patterns(
    {
      regex: new RegExp(
        `${border[0]}${day}(?:st|nd|rd|th|er|\\.|º|°)?(?: of| de)? ${month},?(?: de| del)? ${year}${border[1]}`,
        'giu',
      ),
      score: 0.3,
    },
    {
      regex: new RegExp(`${border[0]}${month} ${day}(?:st|nd|rd|th)?,? ${year}${border[1]}`, 'giu'),
      score: 0.3,
    },
    {
      regex: new RegExp(
        `${border[0]}(?:${day}(?:st|nd|rd|th|er|\\.)?(?: of| de)? ${month}|${month} ${day}(?:st|nd|rd|th)?)${border[1]}`,
        'giu',
      ),
      score: 0.05,
    },
  ),
  marked: [
    'born on «3 May 1984»',
    'Date of birth: «May 3rd, 2001»',
    'geboren am «3. März 1984»',
    'née le «1er août 1990»',
    'nació el «3 de mayo de 1984»',
    'nata il «12 luglio 1979»',
    'my birthday is «June 7»',
  ],
  clear: ['The war ended on 8 May 1945.', 'in May 2001', 'March 12 people', 'Version 3 may 2001'],
};
