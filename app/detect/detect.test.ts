import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDetector, detect, type DetectOptions } from './detect.ts';

const token = 'ghp_' + 'x7Qm2ZkT9wLr4VbN8cJd1HsY6gPf3EaU5oRi';
const marks = (text: string, options?: DetectOptions) =>
  detect(text, options).map((mark) => `${mark.kind} ${text.slice(mark.start, mark.end)}`);

test('a prompt with several secrets', () => {
  const text = 'I am Maria, +1 415 555 0132, card 4111 1111 1111 1111, write to maria@lima.dev.';
  expect(marks(text, { words: ['Maria'] })).toEqual([
    'custom Maria',
    'phone +1 415 555 0132',
    'card 4111 1111 1111 1111',
    'custom maria',
    'email @lima.dev',
  ]);
});

test('offsets are UTF-16 units of the text as typed', () => {
  const text = '🙂🙂 ＴＥＬ: ４１５\u2011５５５\u2011０１３２ 🙂';
  expect(detect(text)).toMatchObject([{ start: 10, end: 22, kind: 'phone' }]);
});

test('kinds can be switched off, the threshold moved', () => {
  const text = 'mail ana@lima.dev or call 415-555-0132';
  expect(marks(text, { kinds: ['phone'] })).toEqual(['phone 415-555-0132']);
  expect(marks(text, { threshold: 0.96 })).toEqual(['email ana@lima.dev']);
});

test('placeholders are marked only when asked for', () => {
  const text = 'PASSWORD=${DB_PASSWORD}, AKIA' + 'IOSFODNN7EXAMPLE, 127.0.0.1';
  expect(marks(text)).toEqual([]);
  expect(marks(text, { placeholders: true })).toHaveLength(3);
});

test('phone numbers are read as those of the given countries', () => {
  expect(marks('ask for 11 91234-5678 today')).toEqual([]);
  expect(marks('ask for (11) 91234-5678 today', { regions: ['BR'] })).toEqual(['phone (11) 91234-5678']);
});

describe('the same value is the same entity', () => {
  test.each([
    ['415-555-0132 and +1 (415) 555-0132, not 415-555-0133', [1, 1, 2]],
    ['4111 1111 1111 1111, 4111-1111-1111-1111', [1, 1]],
    ['Ana@lima.dev and ana@lima.dev, bob@lima.dev', [1, 1, 2]],
  ])('%s', (text, entities) => {
    expect(detect(text).map((mark) => mark.entity)).toEqual(entities);
  });
});

describe('the allow-list', () => {
  test('removes a whole value, whatever its case and spacing', () => {
    expect(marks('write to HELP@lima.dev', { allow: ['help@Lima.dev'] })).toEqual([]);
    expect(marks('write to ana@lima.dev', { allow: ['lima.dev', 'ana'] })).toEqual(['email ana@lima.dev']);
  });

  test('does not bring out what the removed mark covered', () => {
    expect(marks('charge 4111 1111 1111 1111', { allow: ['4111 1111 1111 1111'] })).toEqual([]);
  });

  test('removes a proven secret only with a confirmation', () => {
    expect(marks(token, { allow: [token] })).toEqual([`token ${token}`]);
    expect(marks(token, { allow: [{ text: token }] })).toEqual([`token ${token}`]);
    expect(marks(token, { allow: [{ text: token, confirmed: true }] })).toEqual([]);
  });

  test("does not remove the user's own words", () => {
    expect(marks('Maria', { words: ['Maria'], allow: ['maria'] })).toEqual(['custom Maria']);
  });
});

describe('for any text', () => {
  const pieces = fc.constantFrom(
    ...[
      '4111 1111 1111 1111',
      'ana@lima.dev',
      '+1 415 555 0132',
      'https://u:p@h/',
      'DE89 3704 0044 0532 0130 00',
      token,
    ],
    ...[
      '10.1.2.3',
      '::1',
      'password=',
      'is ',
      '\u200b',
      '\u0301',
      '🙂',
      '４',
      ' ',
      '-',
      '.',
      '\n',
      'Maria',
      '\ud800',
    ],
  );
  const anyText = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 24 })
    .map((parts) => parts.join(''));
  const detector = createDetector({
    words: ['Maria', '4111', 'é'],
    allow: ['ana@lima.dev'],
    placeholders: true,
  });

  test('marks are sorted, disjoint, within the text and on borders of code points', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let last = 0;
        for (const { start, end, score, entity } of detector.detect(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(score).toBeGreaterThanOrEqual(0.4);
          expect(score).toBeLessThanOrEqual(1);
          expect(entity).toBeGreaterThanOrEqual(1);
          for (const border of [start, end]) {
            expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(border - 1, border + 1))).toBe(false);
          }
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });

  test('the answer depends on the text alone', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, other) => {
        const first = detector.detect(text);
        detector.detect(other);
        expect(detector.detect(text)).toEqual(first);
      }),
    );
  });

  test('a card number is found between any letters and spaces', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const text = `${before} \n4111 1111 1111 1111\n ${after}`;
        const at = before.length + 2;
        expect(detect(text).some((mark) => mark.start <= at && mark.end >= at + 19)).toBe(true);
      }),
    );
  });
});
