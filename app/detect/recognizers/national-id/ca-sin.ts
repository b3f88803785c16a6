import { luhn } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** Canadian social insurance numbers: nine digits with a Luhn digit, none begins with 0 or 8 (Service Canada, Job Aid). */
export const caSin = checkedId({
  forms: [
    ['\\d{3}-\\d{3}-\\d{3}', 0.4],
    ['\\d{3} \\d{3} \\d{3}', 0.2],
    ['\\d{9}', 0.05],
  ],
  valid: (digits) => !/^[08]/.test(digits) && luhn(digits),
  context: ['sin', 'social insurance', 'assurance sociale', 'nas'],
  marked: ['SIN: «130 692 544»', 'social insurance number «130692544»', 'his SIN is «130-692-544».'],
  clear: ['SIN: 130 692 545', '130692544 people', '130-692-545'],
});
