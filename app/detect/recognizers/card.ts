import { luhn } from '../checksum.ts';
import { lettersAndDigits, type Candidate, type Recognizer } from '../recognizer.ts';

/** Leading digits of the issuers, as ranges, with the lengths they use (ISO/IEC 7812; the issuers' own documents). */
const issuers: readonly (readonly [from: string, to: string, lengths: readonly number[]])[] = [
  ['4', '4', [13, 16, 19]], // Visa
  ['51', '55', [16]], // Mastercard
  ['2221', '2720', [16]],
  ['34', '34', [15]], // American Express
  ['37', '37', [15]],
  ['300', '305', [14, 16, 17, 18, 19]], // Diners Club
  ['3095', '3095', [14, 16, 17, 18, 19]],
  ['36', '36', [14, 16, 17, 18, 19]],
  ['38', '39', [14, 16, 17, 18, 19]],
  ['1800', '1800', [15]], // JCB
  ['2131', '2131', [15]],
  ['3528', '3589', [16, 17, 18, 19]],
  ['6011', '6011', [16, 17, 18, 19]], // Discover
  ['644', '659', [16, 17, 18, 19]],
  ['62', '62', [16, 17, 18, 19]], // UnionPay
  ['2200', '2204', [16, 17, 18, 19]], // Mir
  ['508', '508', [16]], // RuPay
  ['60', '60', [16]],
  ['81', '82', [16]],
  ['50', '50', [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  ['56', '58', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['6304', '6304', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['67', '67', [12, 13, 14, 15, 16, 17, 18, 19]],
];
const fewest = 12;
const most = 19;
/** A part of a row of groups is a card if it is at least this long, as the shortest of the common ones. */
const fewestInRow = 14;
/** Cards print their digits in groups of four, five and six. */
const smallestGroup = 4;
/** Digits with at most one separator between two of them; numbers that stand beside the card's are in it too. */
const run = /(?<![\p{L}\p{N}_])(?<!\d\.)\d(?:[ -]?\d){11,47}(?![\p{L}\p{N}_])/gu;

export const card: Recognizer = {
  kind: 'card',
  context: [
    ...'card cards cc credit debit visa mastercard amex discover diners maestro jcb pan'.split(' '),
    ...'tarjeta kreditkarte karte carte carta'.split(' '),
    'american express',
  ],
  *find(text) {
    for (const match of text.matchAll(run)) yield* inRun(match[0], match.index);
  },
  canonical: lettersAndDigits,
  marked: [
    'Charge «4111 1111 1111 1111» please.',
    'amex «3782-822463-10005»',
    'block «5555555555554444», then 2024',
    'digits one by one: «4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1»',
    'table 12 for «4111 1111 1111 1111» 2027',
    '7,«4111-1111-1111-1111»,9',
    '«４１１１１１１１１１１１１１１１»',
  ],
  clear: [
    'tracking 4111 1111 1111 1112',
    'my card is 4111 1111 1111 1112, I think',
    'id 1234567890123456',
    'at 1700000000000 ms',
    'f00d4111111111111111',
  ],
};

function* inRun(digitsAndGaps: string, offset: number): Generator<Candidate> {
  const groups = Array.from(digitsAndGaps.matchAll(/\d+/g), (match) => ({
    at: match.index,
    digits: match[0],
  }));
  let found = false;
  for (let first = 0; first < groups.length; first += 1) {
    const last = lastOfCard(groups, first);
    const [from, to] = [groups[first], last === undefined ? undefined : groups[last]];
    if (last === undefined || !from || !to) continue;
    yield { start: offset + from.at, end: offset + to.at + to.digits.length, score: 1, verdict: 'proven' };
    found = true;
    first = last;
  }
  const digits = digitsAndGaps.replace(/\D/g, '');
  if (!found && digits.length >= fewest && digits.length <= most) {
    yield { start: offset, end: offset + digitsAndGaps.length, score: 0, verdict: 'broken' };
  }
}

/**
 * The index of the group that ends the longest valid number which begins with group `first`. A part of a row counts
 * only if it is long and its groups are those of cards: every tenth part of any row passes Luhn.
 */
function lastOfCard(groups: readonly { readonly digits: string }[], first: number): number | undefined {
  let digits = '';
  let found: number | undefined;
  for (let last = first; last < groups.length; last += 1) {
    digits += groups[last]?.digits ?? '';
    if (digits.length > most) break;
    const whole = first === 0 && last === groups.length - 1;
    if (digits.length < (whole ? fewest : fewestInRow)) continue;
    if (!whole && groups.slice(first, last + 1).some((group) => group.digits.length < smallestGroup))
      continue;
    if (fitsIssuer(digits) && luhn(digits)) found = last;
  }
  return found;
}

function fitsIssuer(digits: string): boolean {
  return issuers.some(([from, to, lengths]) => {
    const prefix = digits.slice(0, from.length);
    return from <= prefix && prefix <= to && lengths.includes(digits.length);
  });
}
