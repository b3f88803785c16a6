import { luhn } from '../../checksum.ts';
import { checkedId, isMonthAndDay } from './checked-id.ts';

/** South African identity numbers: birth, sequence, citizenship, 8 or 9, and a Luhn digit (Identification Act 68 of 1997). */
export const zaId = checkedId({
  forms: [['\\d{6}[ ]?\\d{4}[ ]?[0-2][ ]?[89][ ]?\\d', 0.5]],
  certain: true,
  valid: (digits) => isMonthAndDay(Number(digits.slice(2, 4)), Number(digits.slice(4, 6))) && luhn(digits),
  context: ['south african id', 'sa id', 'rsa id', 'identity number', 'id number', 'id no'],
  marked: ['ID number «8001015009087»', '«800101 5009 08 7» applied'],
  clear: ['ID number 8001015009088', '8013015009082'],
});
