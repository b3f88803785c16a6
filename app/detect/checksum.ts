/** Check digits as functions of compact strings: no separators, upper case. */

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

/** The sum of digits times weights, the first digit with the first weight. */
export function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, place) => sum + weight * Number(digits[place]), 0);
}

const dihedral = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const permutation = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check over the dihedral group of order ten (J. Verhoeff, Error Detecting Decimal Codes, 1969). */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    check = Number(dihedral[check]?.[Number(permutation[place % 8]?.[digit])]);
  }
  return digits.length > 0 && check === 0;
}

/** The hybrid system MOD 11,10 of ISO/IEC 7064 over a string of digits, the check digit last. */
export function mod11And10(digits: string): boolean {
  let product = 10;
  for (const character of digits.slice(0, -1)) {
    const sum = (Number(character) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return digits.length > 1 && (product + Number(digits.at(-1))) % 10 === 1;
}

/** The check digit of a field of a travel document, weights 7 3 1, `<` as zero (ICAO Doc 9303, part 3, 4.9). */
export function travelDigit(field: string): number {
  let sum = 0;
  for (let place = 0; place < field.length; place += 1) {
    const character = field[place] ?? '<';
    sum += (character === '<' ? 0 : Number.parseInt(character, 36)) * ([7, 3, 1][place % 3] ?? 0);
  }
  return sum % 10;
}
