import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector } from './detect.ts';
import type { DetectOptions } from './detect.ts';
import { fakeClassifier, fakeReader } from './model/names.fixture.ts';

const marks = async (text: string, options?: DetectOptions) =>
  (await createDetector(options).detectWith(fakeReader(), text)).map(
    ({ kind, start, end, source }) => `${source} ${kind} ${text.slice(start, end)}`,
  );

describe('rules and the model together', () => {
  it('mark what either finds, each once', async () => {
    expect(await marks('Anna Kern, anna@kern.dev, wrote from Lima.')).toEqual([
      'model person Anna Kern',
      'rule email anna@kern.dev',
      'model place Lima',
    ]);
  });

  it("follow the settings: kinds, threshold, the user's words and the allow-list", async () => {
    expect(await marks('Anna in Lima', { kinds: ['place'] })).toEqual(['model place Lima']);
    expect(await marks('Anna in Lima', { threshold: 0.9 })).toEqual([]);
    expect(await marks('Anna in Lima', { allow: ['LIMA'] })).toEqual(['model person Anna']);
    expect(await marks('Anna Kern', { words: ['Kern'] })).toEqual(['model person Anna', 'user custom Kern']);
  });

  it('give one value one number', async () => {
    const found = await createDetector().detectWith(fakeReader(), 'Anna met ANNA, then Kern in Lima.');
    expect(found.map(({ entity }) => entity)).toEqual([1, 1, 2, 3]);
  });

  it('count in the text as typed', async () => {
    expect(await marks('🙂 \u200bＡｎｎａ, An\u200bna')).toEqual([
      'model person Ａｎｎａ',
      'model person An\u200bna',
    ]);
  });

  it('mark nothing when the model fails: the text was not checked', async () => {
    const broken = fakeReader({ run: () => Promise.reject(new Error('out of memory')) });
    await expect(createDetector().detectWith(broken, 'Anna')).rejects.toThrow('out of memory');
  });

  it('give sorted, disjoint marks on borders of characters, for any text', async () => {
    const reader = fakeReader(fakeClassifier());
    const detector = createDetector({ words: ['Kern'] });
    const unit = fc.oneof(
      fc.constantFrom(
        'Anna',
        ' Kern',
        "'s",
        ' Lima',
        '\n\n',
        '4111 1111 1111 1111',
        '@kern.dev',
        '🙂',
        '\ud83d',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 20 }), async (parts) => {
        const text = parts.join('');
        let last = 0;
        for (const { start, end, score } of await detector.detectWith(reader, text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(score).toBeGreaterThanOrEqual(0.4);
          for (const border of [start, end]) {
            expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(border - 1, border + 1))).toBe(false);
          }
          last = end;
        }
      }),
      { numRuns: 300 },
    );
  });
});
