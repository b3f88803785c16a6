import { weighted } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** Australian Medicare cards: weights 1 3 7 9 over eight digits give the ninth; the tenth counts cards (METeOR 270101). */
export const auMedicare = checkedId({
  forms: [
    ['[2-6]\\d{3}[ -]\\d{5}[ -]\\d(?:[ /-]?\\d)?', 0.4],
    ['[2-6]\\d{9,10}', 0.1],
  ],
  valid: (digits) => weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits[8]),
  context: ['medicare', 'medicare card', 'medicare number'],
  marked: ['Medicare «2428 77813 2»', 'medicare number «2428778132»', 'Medicare card «2428 77813 2 1»'],
  clear: ['Medicare 2428 77823 2', 'job 2428778132'],
});
