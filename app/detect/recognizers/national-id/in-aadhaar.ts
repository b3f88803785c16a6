import { verhoeff } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** Indian Aadhaar numbers: twelve digits, the first 2 to 9, the last by Verhoeff (UIDAI, A UID Numbering Scheme). */
export const inAadhaar = checkedId({
  forms: [
    ['[2-9]\\d{3}([ -])\\d{4}\\1\\d{4}(?!\\1\\d)', 0.4],
    ['[2-9]\\d{11}', 0.2],
  ],
  valid: verhoeff,
  context: ['aadhaar', 'aadhar', 'adhaar', 'uidai', 'uid'],
  marked: ['Aadhaar «2341 2341 2346»', 'aadhar no «234123412346»', 'card «2341-2341-2346» on file'],
  clear: ['Aadhaar 2341 2341 2345', 'batch 234123412346', 'Aadhaar 1341 2341 2346'],
});
