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

test.each([
  ['Cyrillic and Greek letters among Latin ones', 'аna@pοsteo.de, ΒIC', 'ana@posteo.de, BIC'],
  ['words of other scripts stay', 'мама, IT-сектор, 5 µg, Αθήνα', 'мама, IT-сектор, 5 \u03bcg, Αθήνα'],
  ['a number broken over two lines', '4111 1111\n> 1111 1111', '4111 1111 1111 1111'],
  ['an IBAN broken over two lines', 'DE89 3704 0044\r\n0532 0130 00', 'DE89 3704 0044 0532 0130 00'],
  ['a hyphenated number over two lines', '415-555-\n0132', '415-555-0132'],
  ['lists of numbers stay', '1234\n5678\n12 rows\n3456 7', '1234\n5678\n12 rows\n3456 7'],
  ['an address over two lines', 'ana@\nposteo.de', 'ana@posteo.de'],
  ['at and dot in brackets', 'ana (at) posteo [dot] de', 'ana@posteo.de'],
  ['at and dot as words', 'ana dot lima at posteo dot de', 'ana.lima@posteo.de'],
  [
    'in other languages',
    'ana arroba posteo punto es, ana (ät) posteo punkt de',
    'ana@posteo.es, ana@posteo.de',
  ],
  ['entities', 'ana&#64;posteo&#46;de &amp;', 'ana@posteo.de &amp;'],
  [
    'an "at" and a "dot" in a sentence stay',
    'look at node.js, at dot by dot in time',
    'look at node.js, at dot by dot in time',
  ],
  ['letters for digits', '4l11 1O1I1 100l x10l1', '4111 10111 100l x10l1'],
  ['spelled digits', 'four one one one, two 3 four oh', '4111234' + '0'],
  ['fewer spelled digits are words', 'one two three, four five six', 'one two three, four five six'],
  ['in German', 'vier eins eins eins null null acht', '4111008'],
  ['spaced digits', 'no 4 1 1 1 2 2 2, 1 2 3', 'no 4111222, 1 2 3'],
  ['spaced digits and hyphens', '5 3 6 - 2 2 - 8 7 2 6', '536-22-8726'],
])('%s', (_name, typed, text) => {
  expect(normalise(typed).text).toBe(text);
});

test('a range covers what a rewrite took away inside it, and nothing beside it', () => {
  const typed = 'to ana (at) posteo dot de, four one one one two two two!';
  const { text, range } = normalise(typed);
  expect(text).toBe('to ana@posteo.de, 4111222!');
  expect(typed.slice(...Object.values(range(3, 16)))).toBe('ana (at) posteo dot de');
  expect(typed.slice(...Object.values(range(18, 25)))).toBe('four one one one two two two');
  expect(typed.slice(...Object.values(range(18, 19)))).toBe('four');
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
      fc.constantFrom(...Array.from('\u0301\u200b\ufe0f４é-１a 1аο\n@.')),
      fc.constantFrom(' at ', '(at)', ' dot ', 'com', '&#64;', 'four ', 'un ', '1 ', '4O1', '1111 ', '> '),
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

  test('a rewritten text is not rewritten again', () => {
    fc.assert(
      fc.property(anyText, (typed) => {
        const { text } = normalise(typed.replace(/[^\p{ASCII}]/gu, ''));
        expect(normalise(text).text).toBe(text);
      }),
    );
  });

  test('any two stretches that follow each other lead back to stretches that do', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), fc.nat(), (typed, first, second) => {
        const { text, range } = normalise(typed);
        const [cut = 0, end = 0] = [first % (text.length + 1), second % (text.length + 1)].sort(
          (a, b) => a - b,
        );
        const [left, right] = [range(0, cut), range(cut, end)];
        expect(left.start).toBeLessThanOrEqual(left.end);
        expect(right.start).toBeLessThanOrEqual(right.end);
        expect(range(0, end).end).toBeGreaterThanOrEqual(left.end);
        expect(right.end).toBeLessThanOrEqual(typed.length);
      }),
    );
  });
});
