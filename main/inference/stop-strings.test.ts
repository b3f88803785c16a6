import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopScanner } from './stop-strings.ts';

/** The text that comes out when `pieces` go in one by one. */
function through(pieces: readonly string[], stops: readonly string[]): { text: string; stopped: boolean } {
  const scanner = createStopScanner(stops);
  let text = '';
  for (const piece of pieces) {
    const out = scanner.push(piece);
    text += out.text;
    if (out.stopped) return { text, stopped: true };
  }
  return { text: text + scanner.end(), stopped: false };
}

describe('stop strings', () => {
  it('are found across the borders of pieces; nothing of them is shown', () => {
    expect(through(['one', '\n', '\ntwo'], ['\n\n'])).toEqual({ text: 'one', stopped: true });
  });
  it('hold text back only while it can still become one', () => {
    const scanner = createStopScanner(['END']);
    expect(scanner.push('the E')).toEqual({ text: 'the ', stopped: false });
    expect(scanner.push('N')).toEqual({ text: '', stopped: false });
    expect(scanner.push('E')).toEqual({ text: 'EN', stopped: false });
    expect(scanner.end()).toBe('E');
  });
  it('end the text at the first of several', () => {
    expect(through(['a, b. c'], ['.', ','])).toEqual({ text: 'a', stopped: true });
  });
  it('split a text in the same place however it is cut into pieces', () => {
    const ab = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(ab),
        fc.array(
          ab.filter((stop) => stop !== ''),
          { maxLength: 3 },
        ),
        (pieces, stops) => {
          const whole = pieces.join('');
          const at = Math.min(...stops.map((stop) => whole.indexOf(stop)).filter((found) => found !== -1));
          const expected = Number.isFinite(at)
            ? { text: whole.slice(0, at), stopped: true }
            : { text: whole, stopped: false };
          expect(through([whole], stops)).toEqual(expected);
          expect(through(whole.split(/(?=.)/s), stops).stopped).toBe(expected.stopped);
          const text = through(pieces, stops).text;
          // Piece by piece the first string to be complete wins; it may begin after a longer one would have.
          expect(whole.startsWith(text)).toBe(true);
          if (stops.length <= 1) expect(text).toBe(expected.text);
        },
      ),
    );
  });
  it('are neither empty nor many', () => {
    for (const wrong of [[''], Array(17).fill('x')]) {
      expect(() => createStopScanner(wrong)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });
});
