import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from './lines.ts';

describe('linesOf', () => {
  it.each([
    ['nothing', '', []],
    ['a last line without an end', 'a\nb', ['a', 'b']],
    ['a last line with an end', 'a\nb\n', ['a', 'b']],
    ['empty lines', '\n\na\n\n', ['', '', 'a', '']],
    ['ends of Windows', 'a\r\nb\r', ['a', 'b']],
    ['a return that ends nothing', 'a\rb\r\r\n', ['a\rb\r']],
    [
      'separators that JSON allows in a string',
      '"a\u2028b\u2029c\u0085"\n1',
      ['"a\u2028b\u2029c\u0085"', '1'],
    ],
  ])('%s', async (_, text, lines) => {
    expect(await collected([Buffer.from(text)])).toEqual(lines);
  });

  it('the same wherever the chunks are cut, also within a character', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\n', '\r\n', '\u2028', '🔑', 'é'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part), fc.integer({ min: 1, max: 7 }), async (parts, size) => {
        const bytes = Buffer.from(parts.join(''));
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(await collected(chunks)).toEqual(await collected([bytes]));
      }),
    );
  });

  it('a character that is cut off by the end', async () => {
    expect(await collected([Buffer.from('a\né').subarray(0, -1)])).toEqual(['a', '\ufffd']);
  });
});

async function collected(chunks: readonly Buffer[]): Promise<string[]> {
  const stream = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  const lines = [];
  for await (const line of linesOf(stream)) lines.push(line);
  return lines;
}
