import { weighted } from '../../checksum.ts';
import { checkedId } from './checked-id.ts';

const weights = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/** Brazilian CPF: two digits, each by descending weights modulo 11 (Receita Federal). Rows of one digit are never issued. */
export const brCpf = checkedId({
  forms: [
    ['\\d{3}\\.\\d{3}\\.\\d{3}-\\d\\d', 0.6],
    ['\\d{11}|\\d{9}-\\d\\d', 0.3],
  ],
  valid: (digits) =>
    !/^(\d)\1*$/.test(digits) &&
    digit(digits, weights.slice(1)) === Number(digits[9]) &&
    digit(digits, weights) === Number(digits[10]),
  context: ['cpf', 'cadastro de pessoas'],
  marked: ['CPF «529.982.247-25»', 'cpf: «52998224725»', 'contrato de «529.982.247-25» assinado'],
  clear: ['CPF 529.982.247-26', 'CPF 111.111.111-11', 'item 52998224725'],
});

function digit(digits: string, by: readonly number[]): number {
  return ((weighted(digits, by) * 10) % 11) % 10;
}
