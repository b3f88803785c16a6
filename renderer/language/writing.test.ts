import { describe, expect, it } from 'vitest';
import { bytes, duration, month, number, percent, plainNumber, seconds } from './writing.ts';

/** A no-break space is a space to who reads. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('amounts', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [12_400, '12.4 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [3_870_000, '3.87 MB'],
    [61_400_000_000, '61.4 GB'],
  ])('%i bytes are %s', (count, text) => {
    expect(plain(bytes('en-GB', count))).toBe(text);
  });

  it.each([
    [0.42, '0.4 ms'],
    [86.4, '86.4 ms'],
    [999, '999 ms'],
    [1930, '1.93 s'],
    [119_000, '119 s'],
    [150_000, '2.5 min'],
  ])('%d milliseconds are %s', (ms, text) => {
    expect(plain(duration('en-GB', ms))).toBe(text);
  });

  it('rounds an estimate to what it is worth', () => {
    expect([412, 2130, 14_400].map((ms) => plain(seconds('en-GB', ms)))).toEqual(['0.41 s', '2.1 s', '14 s']);
  });

  it('writes a number for a field without groups, and with the point of the language', () => {
    expect(plainNumber('en-GB', 0.7)).toBe('0.7');
    expect(plainNumber('de-DE', 0.7)).toBe('0,7');
    expect(plainNumber('de-DE', 1_000_000)).toBe('1000000');
    expect(plainNumber('en-GB', Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
  });

  it('writes numbers and months as the language does', () => {
    expect(number('en-GB', 12_345)).toBe('12,345');
    expect(plain(percent('en-GB', 0.37))).toBe('37%');
    expect(month('en-GB', new Date(2026, 10, 21).getTime())).toBe('November 2026');
    expect(number('de', 12_345)).toBe('12.345');
    expect(plain(duration('de', 1930))).toBe('1,93 s');
  });
});
