/**
 * Makers of numbers with check digits, written from the standards and not from the recognizers: for every kind a value
 * that holds, the same value with a wrong check digit, the ways in which people write it, and what they call it.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base58, base64urlnopad, bech32, bech32m } from '@scure/base';
import type { Kind } from '../kinds.ts';

/** A seeded source of numbers in [0, 1) (mulberry32 by Tommy Ettinger, public domain). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export type Random = () => number;

export interface CheckedKind {
  readonly name: string;
  readonly kind: Kind;
  /** What stands before the number; empty where the number tells itself. */
  readonly calls: readonly string[];
  /** A value that holds, and one that fails by its check digit alone; compact. */
  make(random: Random): readonly [valid: string, broken: string];
  /** The usual ways to write a compact value; the first is the value itself. */
  readonly ways?: readonly ((value: string) => string)[];
}

const characters = (value: string) => [...value];
const below = (random: Random, end: number) => Math.floor(random() * end);
export const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[below(random, items.length)] as Item;
const text = (random: Random, letters: string, length: number) =>
  Array.from({ length }, () => letters[below(random, letters.length)]).join('');
const digits = (random: Random, length: number) => text(random, '0123456789', length);
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const bytes = (random: Random, length: number) => Uint8Array.from({ length }, () => below(random, 256));
const two = (value: number) => String(value).padStart(2, '0');
const birth = (random: Random) =>
  two(below(random, 100)) + two(1 + below(random, 12)) + two(1 + below(random, 28));

/** Another character of the same set in the place of the one at `at`. */
function swap(random: Random, value: string, at: number, letters = '0123456789'): string {
  const old = value[at] ?? '';
  return (
    value.slice(0, at) +
    pick(
      random,
      [...letters].filter((letter) => letter !== old),
    ) +
    value.slice(at + 1)
  );
}

const last = (random: Random, value: string, letters?: string) =>
  swap(random, value, value.length - 1, letters);

/** Groups of these sizes with a separator between them; what is left over is the last group. */
function grouped(separator: string, ...sizes: readonly number[]) {
  return (value: string) => {
    const groups: string[] = [];
    let at = 0;
    for (const size of sizes) groups.push(value.slice(at, (at += size)));
    if (at < value.length) groups.push(value.slice(at));
    return groups.filter((group) => group !== '').join(separator);
  };
}

const plain = (value: string) => value;

const withLuhn = (payload: string) => {
  let sum = 0;
  for (const [place, digit] of [...payload].reverse().entries()) {
    const product = Number(digit) * (place % 2 === 0 ? 2 : 1);
    sum += Math.floor(product / 10) + (product % 10);
  }
  return payload + String((10 - (sum % 10)) % 10);
};

const sumOf = (value: string, weights: readonly number[]) =>
  weights.reduce((sum, weight, place) => sum + weight * Number(value[place]), 0);

/** Tries payloads until `finish` gives one a check digit. */
function until(
  random: Random,
  payload: () => string,
  finish: (payload: string) => string | undefined,
): string {
  for (;;) {
    const whole = finish(payload());
    if (whole !== undefined) return whole;
    random();
  }
}

const mod97 = (value: string) => [...value].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0);
const asNumbers = (value: string) => value.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));

const ibans: readonly ((random: Random) => readonly [country: string, account: string])[] = [
  (random) => ['DE', digits(random, 18)],
  (random) => ['GB', text(random, capitals, 4) + digits(random, 14)],
  (random) => ['FR', digits(random, 10) + text(random, `${capitals}0123456789`, 11) + digits(random, 2)],
  (random) => ['ES', digits(random, 20)],
  (random) => ['IT', text(random, capitals, 1) + digits(random, 22)],
  (random) => ['NL', text(random, capitals, 4) + digits(random, 10)],
];

const verhoeffProduct = (a: number, b: number) =>
  a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5) : b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5;

function withVerhoeff(payload: string): string {
  const step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const moved = (digit: number, times: number) => {
    let value = digit;
    for (let time = 0; time < times % 8; time += 1) value = step[value] ?? 0;
    return value;
  };
  let check = 0;
  for (const [place, digit] of [...payload].reverse().entries())
    check = verhoeffProduct(check, moved(Number(digit), place + 1));
  for (let digit = 0; digit < 10; digit += 1)
    if (verhoeffProduct(check, digit) === 0) return payload + String(digit);
  return payload;
}

const oddValues = 'BAFHJNPRTVCESULDGIMOQKWZYX';

function codiceFiscale(random: Random): string {
  const payload =
    text(random, 'BCDFGLMNPRSTV', 6) +
    digits(random, 2) +
    pick(random, characters('ABCDEHLMPRST')) +
    two(1 + below(random, 28)) +
    pick(random, characters('ABCDEFGHIL')) +
    digits(random, 3);
  let sum = 0;
  for (const [place, character] of [...payload].entries()) {
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    sum += place % 2 === 1 ? value : oddValues.charCodeAt(value) - 65;
  }
  // The odd values are read back from the letters that stand for them: B is 1, A is 0, F is 5 and so on.
  return payload + String.fromCharCode(65 + (sum % 26));
}

function steuerId(random: Random): string {
  const order = characters('0123456789').sort(() => random() - 0.5);
  const kept = order.slice(0, 9);
  const payload = [...kept, kept[below(random, 9)] ?? ''].sort(() => random() - 0.5);
  while (payload[0] === '0') payload.push(payload.shift() ?? '');
  let product = 10;
  for (const digit of payload) {
    let sum = (Number(digit) + product) % 10;
    if (sum === 0) sum = 10;
    product = (sum * 2) % 11;
  }
  return payload.join('') + String((11 - product) % 10);
}

const travelSum = (field: string) =>
  [...field].reduce((sum, character, place) => {
    const value =
      character === '<' ? 0 : /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 55;
    return sum + value * ([7, 3, 1][place % 3] ?? 0);
  }, 0) % 10;
const withTravelDigit = (field: string) => field + String(travelSum(field));

function passportZone(random: Random): readonly [string, string] {
  const first = `P<UTO${text(random, capitals, 8)}<<${text(random, capitals, 5)}`.padEnd(44, '<');
  const number = withTravelDigit(text(random, `${capitals}0123456789`, 9));
  const dates = [withTravelDigit(birth(random)), withTravelDigit(birth(random))] as const;
  const personal = withTravelDigit(text(random, '0123456789', 14));
  const body = `${number}UTO${dates[0]}${pick(random, ['M', 'F', '<'])}${dates[1]}${personal}`;
  const check = String(travelSum(number + dates[0] + dates[1] + personal));
  const valid = `${first}\n${body}${check}`;
  return [valid, last(random, valid)];
}

const base58check = (payload: Uint8Array) =>
  base58.encode(Uint8Array.from([...payload, ...sha256(sha256(payload)).slice(0, 4)]));

function withMixedCase(address: string): string {
  const hash = Array.from(keccak_256(new TextEncoder().encode(address)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  return `0x${Array.from(address, (digit, place) => (Number.parseInt(hash[place] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
}

const vinLetters = 'ABCDEFGHJKLMNPRSTUVWXYZ';
const vinValues = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9];

function vin(random: Random): readonly [string, string] {
  const body =
    text(random, vinLetters, 3) +
    text(random, `${vinLetters}0123456789`, 5) +
    '0' +
    text(random, vinLetters, 2) +
    digits(random, 6);
  const sum = [...body].reduce(
    (total, character, place) =>
      total +
      (/\d/.test(character) ? Number(character) : (vinValues[vinLetters.indexOf(character)] ?? 0)) *
        ([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2][place] ?? 0),
    0,
  );
  const valid = body.slice(0, 8) + ('0123456789X'[sum % 11] ?? '') + body.slice(9);
  return [valid, swap(random, valid, 8, '0123456789X')];
}

const cpfDigit = (value: string) => {
  const rest =
    [...value].reduce((sum, digit, place) => sum + Number(digit) * (value.length + 1 - place), 0) % 11;
  return rest < 2 ? 0 : 11 - rest;
};

/** A value and the same with another last digit. */
const byLast = (make: (random: Random) => string) => (random: Random) => {
  const valid = make(random);
  return [valid, last(random, valid)] as const;
};

export const checkedKinds: readonly CheckedKind[] = [
  {
    name: 'card',
    kind: 'card',
    calls: ['', 'my card is', 'Visa', 'charge'],
    make: byLast((random) => {
      const [prefix, length] = pick(random, [
        ['4', 16],
        ['51', 16],
        ['2221', 16],
        ['37', 15],
        ['6011', 16],
        ['3528', 16],
        ['36', 14],
      ] as const);
      return withLuhn(prefix + digits(random, length - prefix.length - 1));
    }),
    ways: [
      plain,
      (value) =>
        value.length === 16
          ? grouped(' ', 4, 4, 4)(value)
          : value.length === 15
            ? grouped(' ', 4, 6)(value)
            : grouped(' ', 4, 6)(value),
      grouped('-', 4, 4, 4),
      (value) => [...value].join(' '),
    ],
  },
  {
    name: 'IBAN',
    kind: 'iban',
    calls: ['', 'IBAN:', 'transfer to', 'Konto'],
    make(random) {
      const [country, account] = pick(random, ibans)(random);
      const check = two(98 - mod97(asNumbers(`${account}${country}00`)));
      return [
        country + check + account,
        country +
          two(
            ((Number(check) + 1 + below(random, 90)) % 97) + 2 === Number(check)
              ? 2
              : 2 + ((Number(check) - 2 + 1 + below(random, 95)) % 97),
          ) +
          account,
      ];
    },
    ways: [plain, grouped(' ', 4, 4, 4, 4, 4, 4), grouped('-', 4, 4, 4, 4, 4, 4)],
  },
  {
    name: 'NHS number',
    kind: 'national-id',
    calls: ['NHS number', 'NHS no.', 'her NHS number is'],
    make: byLast((random) =>
      until(
        random,
        () => String(1 + below(random, 9)) + digits(random, 8),
        (payload) => {
          const check = (11 - (sumOf(payload, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
          return check === 10 ? undefined : payload + String(check);
        },
      ),
    ),
    ways: [plain, grouped(' ', 3, 3), grouped('-', 3, 3)],
  },
  {
    name: 'Canadian SIN',
    kind: 'national-id',
    calls: ['SIN', 'social insurance number', 'his SIN is'],
    make: byLast((random) => withLuhn(pick(random, characters('1234567')) + digits(random, 7))),
    ways: [plain, grouped(' ', 3, 3), grouped('-', 3, 3)],
  },
  {
    name: 'Spanish NIF',
    kind: 'national-id',
    calls: ['', 'DNI', 'con NIF', 'su DNI es'],
    make(random) {
      const number = digits(random, 8);
      const valid = number + ('TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] ?? '');
      return [valid, last(random, valid, 'TRWAGMYFPDXBNJZSQVHLCKE')];
    },
    ways: [plain, (value) => `${value.slice(0, 8)}-${value.slice(8)}`],
  },
  {
    name: 'Spanish NIE',
    kind: 'national-id',
    calls: ['', 'NIE', 'con NIE'],
    make(random) {
      const place = below(random, 3);
      const number = digits(random, 7);
      const valid =
        ('XYZ'[place] ?? '') +
        number +
        ('TRWAGMYFPDXBNJZSQVHLCKE'[Number(String(place) + number) % 23] ?? '');
      return [valid, last(random, valid, 'TRWAGMYFPDXBNJZSQVHLCKE')];
    },
    ways: [plain, (value) => `${value.slice(0, 1)}-${value.slice(1, 8)}-${value.slice(8)}`],
  },
  {
    name: 'codice fiscale',
    kind: 'national-id',
    calls: ['', 'codice fiscale', 'CF:'],
    make(random) {
      const valid = codiceFiscale(random);
      return [valid, last(random, valid, capitals)];
    },
    ways: [plain, (value) => value.toLowerCase()],
  },
  {
    name: 'Steuer-ID',
    kind: 'national-id',
    calls: ['Steuer-ID', 'Steueridentifikationsnummer:', 'IdNr.'],
    make: byLast(steuerId),
    ways: [plain, grouped(' ', 2, 3, 3)],
  },
  {
    name: 'French NIR',
    kind: 'national-id',
    calls: ['', 'NIR', 'numéro de sécurité sociale'],
    make(random) {
      const body =
        pick(random, ['1', '2']) +
        two(below(random, 100)) +
        two(1 + below(random, 12)) +
        two(1 + below(random, 95)) +
        digits(random, 6);
      const key = 97 - (Number(body) % 97);
      return [body + two(key), body + two(((key + below(random, 96)) % 97) + 1)];
    },
    ways: [plain, grouped(' ', 1, 2, 2, 2, 3, 3)],
  },
  {
    name: 'Dutch BSN',
    kind: 'national-id',
    calls: ['BSN', 'burgerservicenummer', 'zijn BSN is'],
    make: byLast((random) =>
      until(
        random,
        () => String(1 + below(random, 9)) + digits(random, 7),
        (payload) => {
          const check = sumOf(payload, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
          return check === 10 ? undefined : payload + String(check);
        },
      ),
    ),
    ways: [plain, grouped('.', 4, 2)],
  },
  {
    name: 'PESEL',
    kind: 'national-id',
    calls: ['PESEL', 'numer PESEL:'],
    make: byLast((random) => {
      const payload = birth(random) + digits(random, 4);
      return payload + String((10 - (sumOf(payload, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
    }),
  },
  {
    name: 'Aadhaar',
    kind: 'national-id',
    calls: ['Aadhaar', 'Aadhaar number', 'his aadhar no is'],
    make: byLast((random) => withVerhoeff(String(2 + below(random, 8)) + digits(random, 10))),
    ways: [plain, grouped(' ', 4, 4), grouped('-', 4, 4)],
  },
  {
    name: 'Australian TFN',
    kind: 'national-id',
    calls: ['TFN', 'tax file number', 'my TFN is'],
    make: byLast((random) =>
      until(
        random,
        () => String(1 + below(random, 9)) + digits(random, 7),
        (payload) => {
          const rest = sumOf(payload, [1, 4, 3, 7, 5, 8, 6, 9]) % 11;
          return rest === 10 ? undefined : payload + String(rest);
        },
      ),
    ),
    ways: [plain, grouped(' ', 3, 3)],
  },
  {
    name: 'Australian Medicare',
    kind: 'national-id',
    calls: ['Medicare', 'Medicare card', 'medicare number'],
    make(random) {
      const payload = String(2 + below(random, 5)) + digits(random, 7);
      const body = payload + String(sumOf(payload, [1, 3, 7, 9, 1, 3, 7, 9]) % 10);
      const issue = String(1 + below(random, 9));
      return [body + issue, last(random, body) + issue];
    },
    ways: [plain, grouped(' ', 4, 5)],
  },
  {
    name: 'CPF',
    kind: 'national-id',
    calls: ['CPF', 'cpf:', 'meu CPF é'],
    make: byLast((random) => {
      const body = digits(random, 9);
      const one = body + String(cpfDigit(body));
      return one + String(cpfDigit(one));
    }),
    ways: [plain, (value) => `${grouped('.', 3, 3)(value.slice(0, 9))}-${value.slice(9)}`],
  },
  {
    name: 'South African id',
    kind: 'national-id',
    calls: ['', 'ID number', 'identity number'],
    make: byLast((random) => withLuhn(birth(random) + digits(random, 4) + pick(random, ['0', '1']) + '8')),
    ways: [plain, grouped(' ', 6, 4, 2)],
  },
  {
    name: 'personnummer',
    kind: 'national-id',
    calls: ['personnummer', 'personnummer:'],
    make: byLast((random) => withLuhn(birth(random) + digits(random, 3))),
    ways: [plain, grouped('-', 6), (value) => `19${grouped('-', 6)(value)}`],
  },
  {
    name: 'AHV number',
    kind: 'national-id',
    calls: ['', 'AHV-Nr.', 'AVS'],
    make: byLast((random) => {
      const payload = `756${digits(random, 9)}`;
      return payload + String((10 - (sumOf(payload, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10);
    }),
    ways: [plain, grouped('.', 3, 4, 4)],
  },
  {
    name: 'ABA routing number',
    kind: 'bic',
    calls: ['routing number', 'ABA', 'RTN:'],
    make: byLast((random) => {
      const payload = two(1 + below(random, 12)) + digits(random, 6);
      return payload + String((10 - (sumOf(payload, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10);
    }),
  },
  {
    name: 'Bitcoin base58',
    kind: 'crypto-address',
    calls: ['', 'bitcoin wallet', 'send BTC to'],
    make(random) {
      const valid = base58check(Uint8Array.from([pick(random, [0, 5]), ...bytes(random, 20)]));
      return [valid, last(random, valid, '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')];
    },
  },
  {
    name: 'Bitcoin segwit',
    kind: 'crypto-address',
    calls: ['', 'bitcoin wallet', 'send BTC to'],
    make(random) {
      const valid = pick(random, [
        () => bech32.encode('bc', [0, ...bech32.toWords(bytes(random, 20))]),
        () => bech32m.encode('bc', [1, ...bech32m.toWords(bytes(random, 32))]),
      ])();
      return [valid, last(random, valid, 'qpzry9x8gf2tvdw0s3jn54khce6mua7l')];
    },
  },
  {
    name: 'Ethereum',
    kind: 'crypto-address',
    calls: ['', 'eth wallet', 'address'],
    make(random) {
      const valid = withMixedCase(text(random, '0123456789abcdef', 40));
      const letters = [...valid.matchAll(/[a-f]/gi)].filter(({ index }) => index > 1);
      const { index, 0: letter } = pick(random, letters);
      const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
      return [valid, valid.slice(0, index) + other + valid.slice(index + 1)];
    },
  },
  { name: 'VIN', kind: 'vin', calls: ['', 'VIN', 'chassis'], make: vin },
  {
    name: 'IMEI',
    kind: 'imei',
    calls: ['IMEI', 'imei:', 'IMEI number'],
    make: byLast((random) => withLuhn(pick(random, ['35', '86', '01']) + digits(random, 12))),
    ways: [plain, grouped('-', 2, 6, 6), grouped(' ', 2, 6, 6)],
  },
  {
    name: 'NPI',
    kind: 'medical',
    calls: ['NPI', 'NPI number'],
    make: byLast((random) => withLuhn(`80840${pick(random, ['1', '2'])}${digits(random, 8)}`).slice(5)),
  },
  {
    name: 'DEA number',
    kind: 'medical',
    calls: ['DEA', 'DEA number'],
    make: byLast((random) => {
      const payload = digits(random, 6);
      return (
        pick(random, characters('ABFGM')) +
        pick(random, characters(capitals)) +
        payload +
        String(sumOf(payload, [1, 2, 1, 2, 1, 2]) % 10)
      );
    }),
  },
  {
    name: 'JSON Web Token',
    kind: 'token',
    calls: ['', 'Authorization: Bearer', 'session'],
    make(random) {
      const part = (value: object) => base64urlnopad.encode(new TextEncoder().encode(JSON.stringify(value)));
      const rest = `${part({ sub: digits(random, 6) })}.${base64urlnopad.encode(bytes(random, 32))}`;
      const named = { typ: 'JWT', kid: text(random, capitals, 6) };
      return [`${part({ alg: 'HS256', ...named })}.${rest}`, `${part(named)}.${rest}`];
    },
  },
  { name: 'machine-readable zone', kind: 'passport', calls: [''], make: passportZone },
];

/** Tokens of services as their documentation shapes them, in halves for the sake of scanners of repositories. */
export const vendorTokens: Readonly<Record<string, (random: Random) => string>> = {
  GitHub: (random) => `gh${pick(random, characters('pous'))}_` + text(random, alphanumeric, 36),
  GitLab: (random) => 'glpat' + `-${text(random, alphanumeric, 20)}`,
  AWS: (random) => 'AKIA' + text(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16),
  Google: (random) => 'AIza' + text(random, `${alphanumeric}-_`, 35),
  Slack: (random) =>
    'xoxb' + `-${digits(random, 12)}-${digits(random, 12)}-${text(random, alphanumeric, 24)}`,
  Stripe: (random) => `sk_${pick(random, ['live', 'test'])}` + `_${text(random, alphanumeric, 24)}`,
  OpenAI: (random) => 'sk-proj' + `-${text(random, alphanumeric, 48)}`,
  npm: (random) => 'npm' + `_${text(random, alphanumeric, 36)}`,
  SendGrid: (random) => 'SG' + `.${text(random, alphanumeric, 22)}.${text(random, alphanumeric, 43)}`,
  'Hugging Face': (random) => 'hf' + `_${text(random, alphanumeric, 34)}`,
  DigitalOcean: (random) => 'dop' + `_v1_${text(random, '0123456789abcdef', 64)}`,
  PlanetScale: (random) => 'pscale' + `_tkn_${text(random, alphanumeric, 43)}`,
};
