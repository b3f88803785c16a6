import { describe, expect, test } from 'vitest';
import { createDetector } from './detect.ts';

/** What invites a regular expression to try again and again: near misses, and their beginnings repeated. */
const attacks = {
  digits: '1',
  'spaced digits': '1 ',
  'dashed digits': '1-',
  'plus signs': '+1 ',
  'numbers that are almost phones': '(030) 1234 ',
  zeros: '0 0-',
  letters: 'a',
  'dotted letters': 'a.',
  'at signs': 'a@',
  'addresses without an end': 'a@a.',
  colons: ':',
  'hex groups': 'a:',
  'zones of addresses': '1::',
  octets: '1.1.',
  schemes: 'http://',
  'schemes with users': 'http://a:',
  slashes: '/',
  'armour without an end': '-----BEGIN RSA PRIVATE KEY-----\n',
  'armour with long dashes': '-----BEGIN RSA PRIVATE KEY-----' + '-'.repeat(9),
  'token heads': 'eyJ',
  'token heads and dots': 'eyJhbGciOiJI.',
  'vendor heads': 'sk-',
  'names of secrets': 'password=',
  'names of secrets in words': 'secret_key ',
  'quotes after names': 'password="',
  spaces: ' ',
  'combining marks': '\u0301',
  'alternating marks': '\u0315\u0300',
  'zero-width spaces': '\u200b',
  'country codes': 'DE89 ',
  'words like country codes': 'at 10 is 20 ',
  'days and parts of phones': '2026-11-21 415-555 ',
  surrogates: '\ud83d',
  capitals: 'SWIFT ABCDEFGH ',
  'own words': 'Maria ',
  'house numbers': '12 Main ',
  'streets without an end': '12 Main St Springfield ',
  'streets and commas': 'Lindenstraße 12, ',
  'particles of streets': 'Calle de la ',
  'towns without a code': 'New Town, ',
  boxes: 'PO Box 12, Town ',
  'words like at and dot': 'a at a dot ',
  'bare dots': 'a dot ',
  brackets: '(at)',
  'spelled digits': 'four ',
  'letters among digits': '1O',
  'letters among groups of digits': '1O1 ',
  'letters of other scripts': 'аa',
  'lines that break groups': '1111 1111\n',
  'lines that break quotations': '> > \n',
  entities: '&#64;',
  'percent signs': 'a%20',
  'percent signs after dots': '.%2',
  'long base64': 'QUJD',
  titles: 'Mr. A',
  'names after titles': 'Dr. Ana de la ',
  ages: 'aged 1',
  'years old': '12-year-',
  'days and months': '12 May ',
  'days in digits': '12/12/',
  timestamps: '2024-01-01T12:',
  'zones of passports': 'P<',
  'lines of passports': 'A<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<\n',
  licences: 'license AB 123 ',
  plates: 'plate AB-123 ',
  records: 'case no 12-AB-',
  dockets: '2:19-cv-',
  degrees: '40°12′',
  points: '1.2345, ',
  handles: '@a',
  users: 'user=a1',
  medicines: 'metformin 500 ',
  illnesses: 'type 2 ',
  'identity cards': '12.345.678-',
  'tax numbers': 'RSSMRA85T10A562',
  coins: 'bc1q',
  'coins in base58': '1BvBMSEYst',
};
const detector = createDetector({
  words: ['Maria', 'Maria Maria', { text: '*a*a*', pattern: true }, { text: 'x ##-*', pattern: true }],
});

const length = 100_000;
/** Far above what any attack takes, and far below the minutes of a pattern that tries again and again. */
const mostSeconds = 6;

describe(`${length} characters take no more than seconds of the processor`, () => {
  test.each(Object.entries(attacks))('%s', (_name, unit) => {
    const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    const before = process.cpuUsage();
    detector.detect(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(mostSeconds);
  });
});
