import { describe, expect, it } from 'vitest';
import { fakeClassifier, fakeReader } from './names.fixture.ts';

const sentence = (at: number) => `Line ${at} says that Anna Kern went to Porto, and nothing else over. `;
const long = Array.from({ length: 60 }, (_, at) => sentence(at)).join('');
const namesIn = (words: Awaited<ReturnType<ReturnType<typeof fakeReader>['read']>>, text: string) =>
  words.filter(({ tags }) => (tags[0] ?? 1) < 0.5).map(({ start, end }) => text.slice(start, end));

describe('reading', () => {
  it('gives every word with its tags, whatever window it is in', async () => {
    const words = await fakeReader().read(long);
    expect(namesIn(words, long)).toEqual(Array.from({ length: 60 }, () => ['Anna', 'Kern', 'Porto']).flat());
    expect(words.every(({ tags }) => Math.abs(tags.reduce((a, b) => a + b, 0) - 1) < 1e-4)).toBe(true);
  });

  it('runs nothing twice', async () => {
    const classifier = fakeClassifier();
    const reader = fakeReader(classifier);
    await reader.read(long);
    const first = classifier.runs();
    expect(first).toBeGreaterThan(5);
    await reader.read(long);
    expect(classifier.runs()).toBe(first);
  });

  it('runs two windows at most for a key, at the end of a text one', async () => {
    const classifier = fakeClassifier();
    const reader = fakeReader(classifier);
    await reader.read(long);
    const cost = async (text: string) => {
      const before = classifier.runs();
      await reader.read(text);
      return classifier.runs() - before;
    };
    let typed = long;
    for (const key of 'Then Anna wrote from Lima') expect(await cost((typed += key))).toBeLessThanOrEqual(1);
    for (const at of [10, 700, 1500, 2600]) {
      expect(await cost(`${long.slice(0, at)}x${long.slice(at)}`)).toBeLessThanOrEqual(2);
    }
  });

  it('keeps so many windows and no more', async () => {
    const classifier = fakeClassifier();
    const reader = fakeReader(classifier, 2);
    await reader.read(long);
    const first = classifier.runs();
    await reader.read(long);
    expect(classifier.runs()).toBe(2 * first);
  });

  it('keeps nothing of what it was told to forget, nor of what it was reading then', async () => {
    const classifier = fakeClassifier();
    const reader = fakeReader(classifier);
    await reader.read(long);
    const first = classifier.runs();
    reader.forget();
    const reading = reader.read(long);
    reader.forget();
    await reading;
    expect(classifier.runs()).toBe(2 * first);
    await reader.read(long);
    expect(classifier.runs()).toBe(3 * first);
  });

  it('gives up between two windows when it is told to', async () => {
    const classifier = fakeClassifier();
    let left = 2;
    const read = fakeReader(classifier).read(long, () => {
      if (left-- === 0) throw new Error('a newer text came');
    });
    await expect(read).rejects.toThrow('a newer text came');
    expect(classifier.runs()).toBe(2);
  });

  it('takes no answer of another form', async () => {
    const short = fakeReader({ run: () => Promise.resolve(new Float32Array(3)) });
    await expect(short.read('Anna')).rejects.toThrow('another number of tags');
    const broken = fakeReader({ run: (ids) => Promise.resolve(new Float32Array(ids.length * 11).fill(NaN)) });
    await expect(broken.read('Anna')).rejects.toThrow('no number');
  });
});
