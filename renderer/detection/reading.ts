import type { Detector } from '../../app/detect/detect.ts';
import { changeBetween } from '../../app/detect/edits.ts';
import type { TextChange } from '../../app/detect/edits.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import type { Mark } from '../../app/detect/span.ts';
import { moveRanges } from './move-ranges.ts';

/** One text as it is written, and its marks. */
export interface Reading {
  /**
   * Takes the text in as it is now. Its first marks are those of the rules, of a long text around the change alone,
   * with what the model marked before and nobody has written into: they must be finished.
   */
  read(text: string): readonly Mark[];
  /** Whether the text is so long that a pause of the keys is worth waiting for before it is finished. */
  readonly long: boolean;
  /**
   * The marks of the whole text that was read last, by rules and model. @param between see `Reader.read`: it must throw
   * when another text was read since. @throws as `Detector.detectWith`.
   */
  finish(model: Reader, between: () => Promise<void> | void): Promise<readonly Mark[]>;
}

/** A text up to this length is read whole at every key: some tens of milliseconds. */
const readWholeUpTo = 20_000;
/**
 * How much beside a change is read with it. Context words reach 160 characters back and most patterns a few hundred;
 * a private key is longer, and any pattern may depend on a match before it. So this is a first look, never the last.
 */
const beside = 2048;

export function createReading(detector: Detector, wholeUpTo = readWholeUpTo): Reading {
  let text = '';
  let marks: readonly Mark[] = [];

  return {
    get long() {
      return text.length > wholeUpTo;
    },
    read(next) {
      if (next === text) return marks;
      const change = changeBetween(text, next);
      const known = text.length > 0 && change.inserted < next.length / 4;
      const moved = moveRanges(marks, change);
      const byRules =
        next.length > wholeUpTo && known ? around(detector, next, moved, change) : detector.detect(next);
      marks = withOlder(byRules, moved);
      text = next;
      return marks;
    },
    async finish(model, between) {
      const whole = await detector.detectWith(model, text, between);
      marks = whole;
      return whole;
    },
  };
}

/** What the model marked in the text as it was stays until it has read the text as it is. */
function withOlder(fresh: readonly Mark[], older: readonly Mark[]): readonly Mark[] {
  const left = older.filter(({ source }) => source === 'model').filter((mark) => !fresh.includes(mark));
  return left.length === 0 ? fresh : apart(fresh, left);
}

/** Both lists in one, save what of the second overlaps the first. Each is sorted and disjoint. */
function apart(first: readonly Mark[], second: readonly Mark[]): readonly Mark[] {
  let at = 0;
  const added = second.filter(({ start, end }) => {
    while ((first[at]?.end ?? Infinity) <= start) at += 1;
    return (first[at]?.start ?? Infinity) >= end;
  });
  return [...first, ...added].sort((a, b) => a.start - b.start);
}

function around(
  detector: Detector,
  text: string,
  moved: readonly Mark[],
  change: TextChange,
): readonly Mark[] {
  const from = lineStart(text, Math.max(0, change.at - beside));
  const to = lineEnd(text, Math.min(text.length, change.at + change.inserted + beside));
  // A mark across the border is seen in part from within: the old one stands.
  const outside = moved.filter(({ start, end }) => start < from || end > to);
  const inside = detector
    .detect(text.slice(from, to))
    .map((mark) => ({ ...mark, start: mark.start + from, end: mark.end + from }));
  return apart(outside, inside);
}

/** Looks no further for a line's border than this. */
const lineReach = 2048;

function lineStart(text: string, at: number): number {
  const found = text.lastIndexOf('\n', at - 1) + 1;
  return at === 0 || at - found > lineReach ? at : found;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found === -1 || found - at > lineReach ? at : found;
}
