import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHighlighter } from './highlight.ts';

describe('values in an answer', () => {
  it('are found whatever their case and spacing, as whole words', () => {
    const parts = createHighlighter(['Ana Lima', 'ana@posteo.de'])(
      'Dear ana  lima, Banana Limas; ANA@posteo.de.',
    );
    expect(parts.filter(({ value }) => value).map(({ text }) => text)).toEqual([
      'ana  lima',
      'ANA@posteo.de',
    ]);
  });

  it('are the longest that fit', () => {
    const parts = createHighlighter(['Ana', 'Ana Lima'])('Ana Lima and Ana');
    expect(parts.filter(({ value }) => value).map(({ text }) => text)).toEqual(['Ana Lima', 'Ana']);
  });

  it('are text, whatever signs they have, and nothing of the answer is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 8 }), fc.string(), (values, text) => {
        const parts = createHighlighter(values)(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
      }),
    );
    expect(createHighlighter(['a.*(b)[c]'])('x a.*(b)[c] y')[1]).toEqual({ text: 'a.*(b)[c]', value: true });
  });
});
