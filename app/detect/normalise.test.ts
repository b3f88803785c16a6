import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold, normalise } from './normalise.ts';

test.each([
  ['ASCII stays', 'a-b 12', 'a-b 12'],
  ['full-width letters and digits', 'Ｔｅｌ １２', 'Tel 12'],
  ['digits of other scripts', '٤١٥ ۴۱۵ ४१५ 𝟜𝟙𝟝', '415 415 415 415'],
  ['keycaps', '4️⃣1️⃣', '41'],
  ['zero-width characters', '41\u200b11\ufeff\u00ad', '4111'],
  ['dashes', '415\u2011555\u20130132 \u2212', '415-555-0132 -'],
  ['no-break spaces', '41\u00a011\u202f', '41 11 '],
  ['letters and their marks become one', 'Jose\u0301', 'José'],
  ['a longer form is not taken', '\ufdfa ½ ﬁ', '\ufdfa ½ ﬁ'],
  ['lone surrogates stay', '\ud800a\udc00', '\ud800a\udc00'],
])('%s', (_name, typed, text) => {
  expect(normalise(typed).text).toBe(text);
});

test('a range leads back to the typed characters, with all their marks', () => {
  const typed = 'x\u200bＪose\u0301\u200b!';
  const { text, range } = normalise(typed);
  const at = text.indexOf('José');
  const { start, end } = range(at, at + 4);
  expect(typed.slice(start, end)).toBe('Ｊose\u0301');
});

test('fold ignores case, white space and look-alikes', () => {
  expect(fold('  Ana\u00a0\n LIMA ')).toBe(fold('Ａna lima'));
});

describe('for any text', () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from('\u0301\u200b\ufe0f４é-１a 1')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });

  test('ranges rise, stay inside, and stand on borders of code points', () => {
    fc.assert(
      fc.property(anyText, (typed) => {
        const { text, range } = normalise(typed);
        let last = 0;
        for (let unit = 0; unit < text.length; unit += 1) {
          const { start, end } = range(unit, unit + 1);
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(typed.length);
          for (const border of [start, end]) {
            expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(typed.slice(border - 1, border + 1))).toBe(false);
          }
          last = start;
        }
      }),
    );
  });

  test('the text of a part is the part of the text', () => {
    fc.assert(
      fc.property(anyText, (typed) => {
        const { text, range } = normalise(typed);
        const all = range(0, text.length);
        expect(normalise(typed.slice(all.start, all.end)).text).toBe(text);
      }),
    );
  });

  test('it is never longer than what was typed', () => {
    fc.assert(
      fc.property(anyText, (typed) => {
        expect(normalise(typed).text.length).toBeLessThanOrEqual(typed.length);
      }),
    );
  });
});
