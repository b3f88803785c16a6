import { luhn } from '../../checksum.ts';
import { checkedId, isMonthAndDay } from './checked-id.ts';

/** Swedish personnummer and samordningsnummer (day plus 60): birth, serial, a Luhn digit over ten digits (SKV 704). */
export const sePersonnummer = checkedId({
  forms: [
    ['(?:19|20)?\\d{6}[+-]\\d{4}', 0.5],
    ['(?:19|20)?\\d{10}', 0.1],
  ],
  valid(id) {
    const digits = id.slice(-10);
    const day = Number(digits.slice(4, 6));
    return isMonthAndDay(Number(digits.slice(2, 4)), day > 60 ? day - 60 : day) && luhn(digits);
  },
  context: ['personnummer', 'personal identity number', 'samordningsnummer', 'pnr'],
  marked: ['personnummer «811218-9876»', 'född «19811218-9876»', 'personnummer: «198112189876»'],
  clear: ['personnummer 811218-9875', 'nummer 8112189876', '811318-9875'],
});
