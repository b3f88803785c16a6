import { mod11And10 } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

/** German tax ids: MOD 11,10, and of the first ten digits one alone is repeated, once or twice (§ 139b AO, § 1 StIdV). */
export const deSteuerId = checkedId({
  forms: [
    ['\\d\\d \\d{3} \\d{3} \\d{3}', 0.4],
    ['\\d{11}', 0.3],
  ],
  valid: (digits) => !digits.startsWith('0') && repeatsOne(digits.slice(0, 10)) && mod11And10(digits),
  context: [
    'steuer id',
    'steuerid',
    'steueridentifikationsnummer',
    'steuerliche identifikationsnummer',
    'identifikationsnummer',
    'id nr',
    'idnr',
    'steuernummer',
    'tax id',
    'tax identification',
  ],
  marked: ['Steuer-ID «86 095 742 719»', 'IdNr. «86095742719»', 'Steueridentifikationsnummer: «47036892816»'],
  clear: ['Steuer-ID 86 095 742 718', 'Charge 12345678903'],
});

function repeatsOne(digits: string): boolean {
  const counts = Array.from('0123456789', (digit) => digits.split(digit).length - 1);
  const repeated = counts.filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3;
}
