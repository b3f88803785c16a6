import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDetector } from '../../app/detect/detect.ts';
import { installation } from '../installation/installation.ts';
import { openDetectionModel } from './model.ts';

const files = ['detector.json', 'vocabulary.txt', 'detector.onnx'] as const;

async function folderWithout(missing?: (typeof files)[number]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-detector-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of files) {
    if (name !== missing) await copyFile(join(installation.detector, name), join(folder, name));
  }
  return folder;
}

describe('the model of detection', () => {
  it('is loaded once', async () => {
    expect(await openDetectionModel()).toBe(await openDetectionModel());
  });

  it('gives a word of the text every tag, and their sum is 1', async () => {
    const { facts, read } = await openDetectionModel();
    const words = await read('Anna Kern moved from Lima to Görlitz on 3 May.');
    expect(words.length).toBeGreaterThanOrEqual(10);
    for (const { tags } of words) {
      expect(tags).toHaveLength(facts.tags);
      expect(tags.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    }
  });

  it('gives any text sorted, disjoint marks, and the same ones again', async () => {
    const model = await openDetectionModel();
    const detector = createDetector();
    const unit = fc.oneof(
      fc.constantFrom('Anna', ' Kern', "'s", ' in Lima', '\n\n', '香港', '🙂', '\ud83d', '\u200b', ' the'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 25 }), async (parts) => {
        const text = parts.join('');
        const marks = await detector.detectWith(model, text);
        let last = 0;
        for (const { start, end } of marks) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
        expect(await detector.detectWith(model, text)).toEqual(marks);
      }),
      { numRuns: 60 },
    );
  });

  it.each(files)('is refused without %s, and found once the file is there', async (name) => {
    const folder = await folderWithout(name);
    await expect(openDetectionModel(folder)).rejects.toThrow();
    await copyFile(join(installation.detector, name), join(folder, name));
    await expect(openDetectionModel(folder)).resolves.toBeDefined();
  });

  it.each([
    ['detector.json', '{"tags":["O"]}'],
    ['vocabulary.txt', 'no\nspecial\npieces'],
    ['detector.onnx', 'not a graph'],
  ])('is refused with a wrong %s', async (name, content) => {
    const folder = await folderWithout();
    await writeFile(join(folder, name), content);
    await expect(openDetectionModel(folder)).rejects.toThrow();
  });

  it('has at most 10 MB', async () => {
    const sizes = await Promise.all(
      files.map(async (name) => (await readFile(join(installation.detector, name))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(10_000_000);
  });
});
