import { weighted } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** Australian tax file numbers: weights 1 4 3 7 5 8 6 9 10, a multiple of 11 (ATO, software developers' specification). */
export const auTfn = checkedId({
  forms: [['\\d{3}([ -]?)\\d{3}\\1\\d{3}', 0.1]],
  valid: (digits) => !/^0+$/.test(digits) && weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
  context: ['tfn', 'tax file number', 'tax file'],
  marked: ['TFN «123 456 782»', 'tax file number: «123456782»'],
  clear: ['TFN 123 456 783', 'about 123 456 782 people'],
});
