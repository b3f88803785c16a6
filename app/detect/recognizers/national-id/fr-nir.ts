import { checkedId } from './checked-id.ts';

/** Months, and what INSEE writes where the month is not known. */
const month = '(?:0[1-9]|1[0-2]|[2-9]\\d)';

/** French numéro de sécurité sociale: sex, birth, place, and 97 minus the number modulo 97; 2A and 2B count as 19 and 18 (INSEE). */
export const frNir = checkedId({
  forms: [
    [`[1-478]([ .])\\d\\d\\1${month}\\1(?:\\d\\d|2[AB])\\1\\d{3}\\1\\d{3}\\1\\d\\d`, 0.7],
    [`[1-478]\\d\\d${month}(?:\\d\\d|2[AB])\\d{6} ?\\d\\d`, 0.5],
  ],
  valid(id) {
    const number = Number(id.slice(0, 13).replace('2A', '19').replace('2B', '18'));
    return 97 - (number % 97) === Number(id.slice(13));
  },
  context: ['nir', 'sécurité sociale', 'securite sociale', 'sécu', 'insee', 'carte vitale', 'assuré'],
  marked: [
    'NIR «2 69 05 49 588 157 80»',
    'sécurité sociale : «269054958815780»',
    'numéro «1 84 12 2A 451 089 33»',
  ],
  clear: ['NIR 2 69 05 49 588 157 81', '269054958815781'],
});
