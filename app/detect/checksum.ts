/** Luhn's sum over a string of digits (ISO/IEC 7812-1, annex B). */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** The check of an IBAN in upper case without separators (ISO 13616, with MOD 97-10 of ISO/IEC 7064). */
export function iban97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const bech32Letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const bech32Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** The check of a bech32 or bech32m string in lower case (BIP 173, BIP 350). */
export function bech32(address: string): boolean {
  const one = address.lastIndexOf('1');
  const prefix = Array.from(address.slice(0, one), (letter) => letter.charCodeAt(0));
  const data = Array.from(address.slice(one + 1), (letter) => bech32Letters.indexOf(letter));
  if (one < 1 || data.includes(-1)) return false;
  let sum = 1;
  for (const value of [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of bech32Generator.entries()) if ((top >>> bit) & 1) sum ^= generator;
  }
  return sum === 1 || sum === 0x2bc830a3;
}
