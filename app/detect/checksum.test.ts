import { expect, test } from 'vitest';
import { iban97, luhn, mod11And10, travelDigit, verhoeff, weighted } from './checksum.ts';

test.each(['4111111111111111', '378282246310005', '0', '79927398713'])('Luhn holds for %s', (digits) => {
  expect(luhn(digits)).toBe(true);
});

test.each(['4111111111111112', '79927398710', ''])('Luhn fails for "%s"', (digits) => {
  expect(luhn(digits)).toBe(false);
});

test.each([
  ['Luhn', luhn, '4539578763621486'],
  ['Verhoeff', verhoeff, '234123412346'],
  ['MOD 11,10', mod11And10, '86095742719'],
] as const)('%s notices every change of one digit', (_name, holds, digits) => {
  expect(holds(digits)).toBe(true);
  for (let at = 0; at < digits.length; at += 1) {
    for (let change = 1; change < 10; change += 1) {
      const wrong = String((Number(digits[at]) + change) % 10);
      expect(holds(digits.slice(0, at) + wrong + digits.slice(at + 1))).toBe(false);
    }
  }
});

test('Verhoeff notices two neighbours swapped', () => {
  const digits = '234123412346';
  for (let at = 1; at < digits.length; at += 1) {
    const [one = '', two = ''] = [digits[at - 1], digits[at]];
    if (one !== two) expect(verhoeff(digits.slice(0, at - 1) + two + one + digits.slice(at + 1))).toBe(false);
  }
});

test('MOD 97-10 holds for the registry examples, and fails with two letters swapped', () => {
  for (const iban of [
    'DE89370400440532013000',
    'GB82WEST12345698765432',
    'MT84MALT011000012345MTLCAST001S',
  ]) {
    expect(iban97(iban)).toBe(true);
    const [first = '', second = ''] = iban.slice(4);
    expect(first).not.toBe(second);
    expect(iban97(iban.slice(0, 4) + second + first + iban.slice(6))).toBe(false);
  }
});

// ICAO Doc 9303, part 4, appendix B.
test.each([
  ['L898902C3', 6],
  ['740812', 2],
  ['120415', 9],
  ['ZE184226B<<<<<', 1],
])('the check digit of %s in a travel document is %d', (field, digit) => {
  expect(travelDigit(field)).toBe(digit);
});

test('weights go from the first digit on', () => {
  expect(weighted('123', [1, 10, 100])).toBe(321);
});
