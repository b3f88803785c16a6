import { weighted } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** UK NHS numbers: weights 10 to 2, eleven minus the rest is the tenth digit (NHS Data Dictionary, NHS NUMBER). */
export const ukNhs = checkedId({
  forms: [
    ['\\d{3}([ -])\\d{3}\\1\\d{4}', 0.3],
    ['\\d{10}', 0.1],
  ],
  valid: (digits) => !digits.startsWith('0') && weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
  context: ['nhs', 'nhs number', 'nhs no', 'health service'],
  marked: ['NHS number «943 476 5919»', 'nhs no. «9434765919»', 'her NHS number is «943-476-5919»'],
  clear: ['NHS number 943 476 5918', 'batch 9434765919'],
});
