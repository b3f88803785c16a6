import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkIn, prefillOf } from './deep-link.ts';

describe('a link', () => {
  it.each([
    ['sotto://prompt?text=Guten%20Tag', 'Guten Tag'],
    ['sotto://prompt/?text=a+b', 'a b'],
    ['sotto://prompt?text=one%0Atwo%09three', 'one\ntwo\tthree'],
    ['sotto://prompt?text=one%0D%0Atwo', 'one\ntwo'],
    ['sotto://prompt?text=a%00b%1Bc%E2%80%AEd', 'abcd'],
    ['SOTTO://prompt?text=a', 'a'],
  ])('%s proposes a text', (link, text) => {
    expect(prefillOf(link)).toBe(text);
  });

  it.each([
    'sotto://prompt',
    'sotto://prompt?text=',
    'sotto://prompt?text=%20%0A',
    'sotto://prompt?text=a&send=1',
    'sotto://prompt?text=a&text=b',
    'sotto://prompt?send=1',
    'sotto://prompt/send?text=a',
    'sotto://prompt?text=a#send',
    'sotto://user:pass@prompt?text=a',
    'sotto://prompt:80?text=a',
    'sotto://keys/export',
    'sotto://settings?server=https://evil.example',
    'sotto:prompt?text=a',
    'https://prompt?text=a',
    'javascript:alert(1)',
    '',
    `sotto://prompt?text=${'a'.repeat(8001)}`,
    `sotto://prompt?text=a${'%00'.repeat(10_000)}`,
  ])('%.60s is ignored', (link) => {
    expect(prefillOf(link)).toBe(null);
  });

  it('is read whole, whatever text it carries', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 500, unit: 'grapheme-ascii' }), (text) => {
        fc.pre(text.trim() !== '');
        expect(prefillOf(`sotto://prompt?text=${encodeURIComponent(text)}`)).toBe(text);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (rest) => {
        prefillOf(`sotto://prompt${rest}`);
      }),
    );
  });

  it('is found among arguments', () => {
    expect(linkIn(['--hidden', 'sotto://prompt?text=a'])).toBe('sotto://prompt?text=a');
    expect(linkIn(['--hidden'])).toBe(undefined);
  });
});
