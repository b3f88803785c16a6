import { checkedId } from './checked-id.ts';

/** Swiss AHV numbers: 756 for the country and the check digit of an EAN-13 (BSV, Wegleitung zur Versichertennummer). */
export const chAhv = checkedId({
  forms: [['756([. ]?)\\d{4}\\1\\d{4}\\1\\d\\d', 0.5]],
  certain: true,
  valid(digits) {
    let sum = 0;
    for (let place = 0; place < 13; place += 1) sum += Number(digits[place]) * (place % 2 === 0 ? 1 : 3);
    return sum % 10 === 0;
  },
  context: ['ahv', 'avs', 'versichertennummer', 'sozialversicherungsnummer'],
  marked: ['AHV-Nr. «756.9217.0769.85»', 'AVS «7569217076985»'],
  clear: ['AHV-Nr. 756.9217.0769.84', '7569217076984'],
});
