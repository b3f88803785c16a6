import { alone, broken, checked, lettersAndDigits, patterns, type Recognizer } from '../recognizer.ts';

/** Values of A to Z, I O Q being unused, and weights of the places (49 CFR 565.15, table III and IV). */
const values = '12345678.12345.7.923456789';
const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** Vehicle identification numbers (ISO 3779) with the check digit that North America asks for. */
export const vin: Recognizer = {
  kind: 'vin',
  context: [
    'vin',
    'chassis',
    'vehicle identification',
    'fahrgestellnummer',
    'fin',
    'frame number',
    'bastidor',
    'telaio',
  ],
  find: patterns({
    regex: alone('(?=[A-HJ-NPR-Z0-9]{0,15}[A-HJ-NPR-Z])(?=(?:[A-HJ-NPR-Z]{0,12}\\d){4})[A-HJ-NPR-Z0-9]{17}'),
    score: 0.6,
    judge: (value) => (holds(value) ? checked : broken),
  }),
  canonical: lettersAndDigits,
  marked: ['VIN «1HGBH41JXMN109186»', 'sold «1M8GDM9AXKP042788» in May'],
  clear: ['VIN 1HGBH41J0MN109186', 'key 1M8GDM9A1KP042788', 'SPHINXOFBLACKQUAR'],
};

function holds(vin: string): boolean {
  let sum = 0;
  for (const [place, weight] of weights.entries()) {
    const character = vin[place] ?? '0';
    sum += weight * Number(/\d/.test(character) ? character : values[character.charCodeAt(0) - 65]);
  }
  return '0123456789X'[sum % 11] === vin[8];
}
