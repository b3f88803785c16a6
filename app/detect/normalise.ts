import { rewrites, type Rewrite } from './rewrites.ts';

/**
 * A text as the recognizers read it, with the way back: `range` turns a stretch of it into the smallest
 * stretch of the text as typed that contains it, on borders of characters.
 */
export interface NormalisedText {
  readonly text: string;
  range(start: number, end: number): { start: number; end: number };
}

/** A text with one entry per UTF-16 unit: where its character begins and ends in the text as typed. */
interface Mapped {
  readonly text: string;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

const ascii = /^[\0-\x7f]*$/;
const mark = /\p{M}/u;
const dash = /[\p{Pd}\u2212]/gu;
const digit = /\p{Nd}/gu;
/** Characters that print nothing (zero-width spaces, joiners, bidi controls, variation selectors), and keycaps. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u20e3]/gu;

/** Marks beyond this many start a new cluster, so that a pile of them costs no more than its length. */
const longestPile = 8;

/**
 * Brings look-alikes to one form, character by character: NFKC with the combining marks, wherever the form is no
 * longer than what was typed; nothing for invisible characters; ASCII digits for the digits of every script; `-` for
 * every dash. Then it takes back what people do to values so that machines do not read them: see `rewrites`.
 */
export function normalise(typed: string): NormalisedText {
  let mapped: Mapped | undefined = ascii.test(typed) ? undefined : byCharacter(typed);
  let text = mapped?.text ?? typed;
  for (const rewrite of rewrites) {
    const edits = rewrite(text);
    if (edits.length === 0) continue;
    mapped = apply(mapped ?? asTyped(typed), edits);
    text = mapped.text;
  }
  if (!mapped) return { text, range: (start, end) => ({ start, end }) };
  const { begins, ends } = mapped;
  return {
    text,
    range: (start, end) =>
      end > start
        ? { start: begins[start] ?? typed.length, end: ends[end - 1] ?? typed.length }
        : { start: begins[start] ?? typed.length, end: begins[start] ?? typed.length },
  };
}

function asTyped(text: string): Mapped {
  return {
    text,
    begins: Array.from({ length: text.length }, (_, unit) => unit),
    ends: Array.from({ length: text.length }, (_, unit) => unit + 1),
  };
}

/** The text with its edits made; what an edit puts there stands for all that it took away. */
function apply(mapped: Mapped, edits: readonly Rewrite[]): Mapped {
  const begins: number[] = [];
  const ends: number[] = [];
  let text = '';
  let at = 0;
  const keep = (end: number) => {
    text += mapped.text.slice(at, end);
    for (; at < end; at += 1) {
      begins.push(mapped.begins[at] ?? 0);
      ends.push(mapped.ends[at] ?? 0);
    }
  };
  for (const edit of edits) {
    keep(edit.start);
    text += edit.text;
    while (begins.length < text.length) {
      begins.push(mapped.begins[edit.start] ?? 0);
      ends.push(mapped.ends[edit.end - 1] ?? 0);
    }
    at = edit.end;
  }
  keep(mapped.text.length);
  return { text, begins, ends };
}

function byCharacter(typed: string): Mapped {
  const begins: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (let at = 0; at < typed.length;) {
    const end = clusterEnd(typed, at);
    const form =
      end === at + 1 && typed.charCodeAt(at) < 0x80 ? typed.charAt(at) : plain(typed.slice(at, end));
    while (begins.length < text.length + form.length) {
      begins.push(at);
      ends.push(end);
    }
    text += form;
    at = end;
  }
  return { text, begins, ends };
}

function clusterEnd(typed: string, start: number): number {
  let end = start + width(typed, start);
  for (
    let marks = 0;
    marks < longestPile && end < typed.length && typed.charCodeAt(end) >= 0x300;
    marks += 1
  ) {
    const next = end + width(typed, end);
    if (!mark.test(typed.slice(end, next))) break;
    end = next;
  }
  return end;
}

function width(typed: string, at: number): number {
  return (typed.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function plain(cluster: string): string {
  const visible = cluster.replace(invisible, '');
  const composed = visible.normalize('NFKC');
  const form = composed.length <= cluster.length ? composed : visible;
  return form.replace(dash, '-').replace(digit, asciiDigit);
}

/** Unicode lays out decimal digits in gapless runs of ten, zero first (The Unicode Standard, section 4.6). */
function asciiDigit(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return character;
  let below = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - below - 1))) below += 1;
  return String(below % 10);
}

/** The form in which two values are compared: normalised, without case, white space as single spaces. */
export function fold(value: string): string {
  return normalise(value).text.toLowerCase().replace(/\s+/gu, ' ').trim();
}
