import { expect, test } from 'vitest';
import { checkLicences, isAllowed } from '../../build/lint/licences.ts';

const licences = new Set(['MIT', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'ISC']);

test.each([
  'MIT',
  '(MIT OR GPL-3.0-only)',
  'GPL-3.0-only OR MIT AND ISC',
  'MIT/Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  '(MIT OR Apache-2.0) AND ISC',
])('%s can be fulfilled', (expression) => {
  expect(isAllowed(expression, licences)).toBe(true);
});

test.each([
  'GPL-3.0-only',
  'MIT AND GPL-3.0-only',
  'MIT WITH LLVM-exception',
  '(MIT AND X) OR Y',
  '',
  'MIT MIT',
])('"%s" cannot', (expression) => {
  expect(isAllowed(expression, licences)).toBe(false);
});

test('what is shipped has a licence of the list', () => {
  expect(
    checkLicences([
      { name: 'good', licence: 'MIT', use: 'shipped' },
      { name: 'copyleft', licence: 'GPL-3.0-only', use: 'shipped' },
      { name: 'silent', licence: null, use: 'shipped' },
    ]),
  ).toEqual([
    'copyleft: GPL-3.0-only is not on the list for a part that is shipped',
    'silent: no licence is not on the list for a part that is shipped',
  ]);
});

test('a tool may be under MPL, a shipped part may not', () => {
  expect(checkLicences([{ name: 'css', licence: 'MPL-2.0', use: 'tool' }])).toEqual([]);
  expect(checkLicences([{ name: 'css', licence: 'MPL-2.0', use: 'shipped' }])).toHaveLength(1);
});

test('a licence without a patent grant is for optional parts', () => {
  expect(checkLicences([{ name: 'tfhe', licence: 'BSD-3-Clause-Clear', use: 'optional' }])).toEqual([]);
  expect(checkLicences([{ name: 'tfhe', licence: 'BSD-3-Clause-Clear', use: 'shipped' }])).toHaveLength(1);
  expect(checkLicences([{ name: 'tfhe', licence: 'BSD-3-Clause-Clear', use: 'tool' }])).toHaveLength(1);
});
