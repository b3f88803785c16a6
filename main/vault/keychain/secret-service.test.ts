import { describe, expect, it } from 'vitest';
import { parseBoolean, parseObjectPath, parseSearch, quoted } from './secret-service.ts';

const a = '/org/freedesktop/secrets/collection/login/1';
const b = '/org/freedesktop/secrets/collection/login/2';

describe('what gdbus prints', () => {
  it.each([
    ['(@ao [], @ao [])', { unlocked: 0, locked: 0 }],
    [`([objectpath '${a}'], @ao [])`, { unlocked: 1, locked: 0 }],
    [`(@ao [], [objectpath '${a}'])`, { unlocked: 0, locked: 1 }],
    [`([objectpath '${a}', '${b}'], [objectpath '${b}'])`, { unlocked: 2, locked: 1 }],
  ])('%s', (reply, items) => {
    expect(parseSearch(reply)).toEqual(items);
  });

  it.each(['', '()', '(@ao [],)', '(@as [], @as [])', `(['${a}'], @ao []) trailing`, 'Error: x'])(
    '"%s" is not taken for an answer',
    (reply) => {
      expect(() => parseSearch(reply)).toThrow(/not understood/);
    },
  );

  it('reads a path and a boolean', () => {
    expect(parseObjectPath(`(objectpath '${a}',)`)).toBe(a);
    expect(parseObjectPath(`(objectpath '/',)`)).toBe('/');
    expect(() => parseObjectPath(`('${a}',)`)).toThrow(/not understood/);
    expect([parseBoolean('(<true>,)'), parseBoolean('(<false>,)')]).toEqual([true, false]);
    expect(() => parseBoolean('(<1>,)')).toThrow(/not understood/);
  });

  it('quotes', () => {
    expect(quoted(`a'b\\c`)).toBe(`'a\\'b\\\\c'`);
  });
});
