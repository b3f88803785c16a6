import { describe, expect, test } from 'vitest';
import { createDetector } from '../detect.ts';
import {
  checkedKinds,
  createRandom,
  pick,
  vendorTokens,
  type CheckedKind,
  type Random,
} from './checksums.fixture.ts';

const count = 500;
/** Generous: a thousand sentences, on a machine that does other work. */
const patience = 60_000;
const detector = createDetector();

const frames: readonly (readonly [before: string, after: string])[] = [
  ['', ''],
  ['Hello, ', ', thanks.'],
  ['The form says ', '.'],
  ['We have (', ') on file since spring'],
  ['Please check ', ' before noon, and call me.'],
  ['Name: Ana\n', '\nSigned'],
];

/** A short sentence with a value in one of its usual ways; `start` and `end` are the value's. */
function sentence(random: Random, kind: CheckedKind, compact: string) {
  const value = pick(random, kind.ways ?? [(same: string) => same])(compact);
  const [open, close] = pick(random, frames);
  const call = pick(random, kind.calls);
  const before = open + call + (call === '' || call.endsWith(' ') ? '' : ' ');
  return { text: before + value + close, start: before.length, end: before.length + value.length };
}

describe.each(checkedKinds)('$name', (checkedKind) => {
  test(
    `${count} values that hold are all marked, whole`,
    () => {
      const random = createRandom(5);
      const missed: string[] = [];
      for (let round = 0; round < count; round += 1) {
        const { text, start, end } = sentence(random, checkedKind, checkedKind.make(random)[0]);
        const found = detector
          .detect(text)
          .some((mark) => mark.kind === checkedKind.kind && mark.start === start && mark.end === end);
        if (!found) missed.push(text);
      }
      expect(missed).toEqual([]);
    },
    patience,
  );

  test(
    `of ${count} values with a wrong check digit, at most one in a hundred is marked as this kind`,
    () => {
      const random = createRandom(6);
      const wrong: string[] = [];
      for (let round = 0; round < count; round += 1) {
        const { text, start, end } = sentence(random, checkedKind, checkedKind.make(random)[1]);
        const found = detector
          .detect(text)
          .some((mark) => mark.kind === checkedKind.kind && mark.start < end && mark.end > start);
        if (found) wrong.push(text);
      }
      expect(wrong.length, wrong.slice(0, 9).join('\n')).toBeLessThanOrEqual(count / 100);
    },
    patience,
  );
});

test.each(Object.entries(vendorTokens))(
  `${count} tokens of %s are all marked, whole`,
  (_name, make) => {
    const random = createRandom(7);
    const missed: string[] = [];
    for (let round = 0; round < count; round += 1) {
      const token = make(random);
      const [before, after] = pick(random, frames);
      const found = detector
        .detect(before + token + after)
        .some(
          (mark) =>
            mark.kind === 'token' &&
            mark.start === before.length &&
            mark.end === before.length + token.length,
        );
      if (!found) missed.push(before + token + after);
    }
    expect(missed).toEqual([]);
  },
  patience,
);
