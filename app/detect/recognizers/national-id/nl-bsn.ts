import { weighted } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** Dutch burgerservicenummer: the sum with weights 9 to 2 and -1 is a multiple of 11 (RvIG, Logisch Ontwerp BSN). */
export const nlBsn = checkedId({
  forms: [
    ['\\d{4}[ .]\\d\\d[ .]\\d{3}|\\d{3}[ .]\\d{3}[ .]\\d{3}', 0.2],
    ['\\d{9}', 0.1],
  ],
  valid: (digits) => !/^0+$/.test(digits) && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
  context: ['bsn', 'burgerservicenummer', 'sofinummer', 'citizen service number'],
  marked: ['BSN «111222333»', 'burgerservicenummer: «1112.22.333»'],
  clear: ['BSN 111222334', '111222333 euro'],
});
