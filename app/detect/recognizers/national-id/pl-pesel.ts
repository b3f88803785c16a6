import { weighted } from '../../checksum.ts';
import { checkedId, isMonthAndDay } from './checked-id.ts';

/** Polish PESEL: birth with the century in the month, weights 1 3 7 9 (Ustawa o ewidencji ludności, art. 15). */
export const plPesel = checkedId({
  forms: [['\\d{11}', 0.3]],
  valid: (digits) =>
    isMonthAndDay(Number(digits.slice(2, 4)) % 20, Number(digits.slice(4, 6))) &&
    weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
  context: ['pesel', 'numer pesel'],
  marked: ['PESEL: «44051401359»', 'PESEL «02270803624»'],
  clear: ['PESEL: 44051401358', 'PESEL 44951401359', 'seria 44051401359'],
});
