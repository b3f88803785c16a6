import { Failure } from '../../app/failure/failure.ts';

/** Cuts a stream of text at the first of some strings, wherever the stream's pieces begin and end. */
export interface StopScanner {
  /** The text that is certainly before a stop string, and whether one was found; after that no text comes out. */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back because it could have become a stop string. */
  end(): string;
}

const maxStops = 16;

/** @throws Failure `usage` for an empty stop string or more than 16. */
export function createStopScanner(stops: readonly string[]): StopScanner {
  if (stops.length > maxStops || stops.some((stop) => stop === '')) {
    throw new Failure('usage', `There are at most ${maxStops} stop strings, none of them empty.`);
  }
  let held = '';
  let over = false;
  return {
    push(text) {
      if (over) return { text: '', stopped: true };
      held += text;
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at !== -1);
      if (found.length > 0) {
        const before = held.slice(0, Math.min(...found));
        held = '';
        over = true;
        return { text: before, stopped: true };
      }
      const keep = longestBeginning(held, stops);
      const sure = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: sure, stopped: false };
    },
    end() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** The length of the longest end of `text` with which a stop string begins. */
function longestBeginning(text: string, stops: readonly string[]): number {
  const most = Math.min(text.length, Math.max(0, ...stops.map((stop) => stop.length - 1)));
  for (let length = most; length > 0; length--) {
    const end = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
