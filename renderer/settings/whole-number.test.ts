import { expect, it } from 'vitest';
import { decimalNumber, wholeNumber } from './whole-number.ts';

it.each([
  ['30', 30],
  [' 7 ', 7],
  ['0', null],
  ['3651', null],
  ['-1', null],
  ['1e3', null],
  ['7.5', null],
  ['', null],
  ['99999999999999999999', null],
] as const)('"%s" as a whole number from 1 to 3650 is %s', (text, value) => {
  expect(wholeNumber(text, 1, 3650)).toBe(value);
});

it.each([
  ['0.7', 0.7],
  ['0,7', 0.7],
  ['.5', 0.5],
  ['1.', 1],
  ['10', 10],
  ['10.1', null],
  ['1.2.3', null],
  ['.', null],
  ['', null],
  ['NaN', null],
] as const)('"%s" as a number from 0 to 10 is %s', (text, value) => {
  expect(decimalNumber(text, 0, 10)).toBe(value);
});
