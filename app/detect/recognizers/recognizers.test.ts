import { describe, expect, test } from 'vitest';
import { createDetector } from '../detect.ts';
import { createRecognizers, defaultRegions } from './index.ts';

const detector = createDetector();

/** Puts « and » around the marks of one kind. */
function show(text: string, kind: string): string {
  let shown = text;
  for (const mark of detector.detect(text).toReversed()) {
    if (mark.kind !== kind) continue;
    shown = `${shown.slice(0, mark.start)}«${shown.slice(mark.start, mark.end)}»${shown.slice(mark.end)}`;
  }
  return shown;
}

for (const { kind, marked, clear } of createRecognizers(defaultRegions)) {
  describe(kind, () => {
    test.each(marked)('marks %s', (example) => {
      expect(show(example.replace(/[«»]/g, ''), kind)).toBe(example);
    });
    test.each(clear)('leaves %s', (example) => {
      expect(show(example, kind)).toBe(example);
    });
  });
}
