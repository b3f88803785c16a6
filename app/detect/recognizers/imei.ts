import { luhn } from '../checksum.ts';
import { broken, checked, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** IMEI: 15 digits with a Luhn digit (3GPP TS 23.003, 6.2). One number in ten passes, so the context must say it. */
export const imei: Recognizer = {
  kind: 'imei',
  context: ['imei', 'device', 'handset', 'serial'],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_.-])\d(?:[ -]?\d){14}(?![\p{L}\p{N}_]|[ .-]\d)/gu,
    score: 0.1,
    judge: (value) => (luhn(value.replace(/\D/g, '')) ? checked : broken),
  }),
  canonical: lettersAndDigits,
  marked: ['IMEI «490154203237518»', 'imei: «49-015420-323751-8»'],
  clear: ['order 490154203237518', 'imei 490154203237519'],
};
