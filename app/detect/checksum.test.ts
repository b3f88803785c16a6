import { expect, test } from 'vitest';
import { bech32, iban97, luhn } from './checksum.ts';

test.each(['4111111111111111', '378282246310005', '0', '79927398713'])('Luhn holds for %s', (digits) => {
  expect(luhn(digits)).toBe(true);
});

test.each(['4111111111111112', '79927398710', ''])('Luhn fails for "%s"', (digits) => {
  expect(luhn(digits)).toBe(false);
});

test('Luhn notices every change of one digit', () => {
  const digits = '4539578763621486';
  for (let at = 0; at < digits.length; at += 1) {
    for (let change = 1; change < 10; change += 1) {
      const wrong = String((Number(digits[at]) + change) % 10);
      expect(luhn(digits.slice(0, at) + wrong + digits.slice(at + 1))).toBe(false);
    }
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

// BIP 173 and BIP 350.
test.each(['a12uel5l', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', 'a1lqfn3a', '?1v759aa'])(
  'bech32 and bech32m hold for %s',
  (address) => expect(bech32(address)).toBe(true),
);
test.each(['a12uel5m', '1nwldj5', 'abcdef1b', ''])('bech32 fails for "%s"', (address) => {
  expect(bech32(address)).toBe(false);
});
