import { checkedId } from './checked-id.ts';

/** Values of the characters 0-9 A-Z at odd places, the first place being odd (D.M. 12 marzo 1974, n. 2227). */
const odd = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
  10, 22, 25, 24, 23,
];

/** Italian codice fiscale: names, birth and place, and a letter that checks them. Letters may stand in for digits. */
export const itCodiceFiscale = checkedId({
  forms: [
    [
      '[A-Za-z]{6}[ ]?[\\dL-NP-Vl-np-v]{2}[A-EHLMPR-Ta-ehlmpr-t][\\dL-NP-Vl-np-v]{2}[ ]?[A-Za-z][\\dL-NP-Vl-np-v]{3}[ ]?[A-Za-z]',
      0.5,
    ],
  ],
  certain: true,
  valid(id) {
    let sum = 0;
    for (let place = 0; place < 15; place += 1) {
      const value = Number.parseInt(id[place] ?? '0', 36);
      sum += place % 2 === 0 ? (odd[value] ?? 0) : value > 9 ? value - 10 : value;
    }
    return String.fromCharCode(65 + (sum % 26)) === id[15];
  },
  context: ['codice fiscale', 'fiscale', 'cf', 'fiscal code'],
  marked: [
    'codice fiscale «RSSMRA85T10A562S»',
    'CF: «rssmra85t10a562s»',
    '«RSSMRA 85T10 A562 S» firma',
    'al numero 7 «RSSMRA85T10A562S»',
  ],
  clear: ['codice fiscale RSSMRA85T10A562T', 'RSSMRA85T10A562A'],
});
