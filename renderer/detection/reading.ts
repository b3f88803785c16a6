import type { Detector } from '../../app/detect/detect.ts';
import { changeBetween } from '../../app/detect/edits.ts';
import type { TextChange } from '../../app/detect/edits.ts';
import type { Mark } from '../../app/detect/span.ts';
import { moveRanges } from './move-ranges.ts';

export interface Look {
  readonly marks: readonly Mark[];
  /** Whether these are the marks of the whole text. */
  readonly whole: boolean;
}

/** One text as it is written, and its marks. */
export interface Reading {
  /** Takes the text in as it is now. The marks of a long text are those around the change, and must be finished. */
  read(text: string): Look;
  /** The marks of the whole text that was read last. */
  finish(): Look;
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
    read(next) {
      const long = next.length > wholeUpTo;
      if (next === text) return { marks, whole: !long };
      const change = changeBetween(text, next);
      const known = text.length > 0 && change.inserted < next.length / 4;
      marks = long && known ? around(detector, next, marks, change) : detector.detect(next);
      text = next;
      return { marks, whole: !(long && known) };
    },
    finish() {
      marks = detector.detect(text);
      return { marks, whole: true };
    },
  };
}

function around(
  detector: Detector,
  text: string,
  before: readonly Mark[],
  change: TextChange,
): readonly Mark[] {
  const from = lineStart(text, Math.max(0, change.at - beside));
  const to = lineEnd(text, Math.min(text.length, change.at + change.inserted + beside));
  const moved = moveRanges(before, change);
  // A mark across the border is seen in part from within: the old one stands.
  const outside = moved.filter(({ start, end }) => start < from || end > to);
  const inside = detector
    .detect(text.slice(from, to))
    .map((mark) => ({ ...mark, start: mark.start + from, end: mark.end + from }))
    .filter((mark) => !outside.some(({ start, end }) => start < mark.end && mark.start < end));
  return [...outside, ...inside].sort((a, b) => a.start - b.start);
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
