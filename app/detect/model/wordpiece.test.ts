import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeOf } from './shape.ts';
import { createWordPiece } from './wordpiece.ts';
import cases from './wordpiece.cases.json' with { type: 'json' };

const vocabulary = cases.vocabulary.split(' ');
const wordPiece = createWordPiece(vocabulary.join('\n'));

/** `piece start-end word shape` for each piece. */
function described(text: string): string {
  const { ids, starts, ends, words } = wordPiece.encode(text);
  return ids
    .map((id, at) => {
      const [start, end] = [starts[at] ?? 0, ends[at] ?? 0];
      const continues = at > 0 && words[at] === words[at - 1];
      return `${vocabulary[id]} ${start}-${end} ${words[at]} ${shapeOf(text, start, end, continues)}`;
    })
    .join(' ');
}

describe('pieces and shapes', () => {
  // What Hugging Face's tokenizers and the shapes of build/detector give for these texts.
  it.each(cases.texts)('of $text are those of the training', ({ text, pieces }) => {
    expect(described(text)).toBe(pieces);
  });

  it('of any text stand in its order, on borders of characters', () => {
    const unit = fc.oneof(
      fc.constantFrom('Anna', 'ß', 'e\u0301', '\u200b', '🙂', '香', '\ud83d', ' ', '\n', "'s", '.'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const { ids, starts, ends, words } = wordPiece.encode(text);
        let last = 0;
        for (const at of ids.keys()) {
          const [start, end] = [starts[at] ?? -1, ends[at] ?? -1];
          expect(start).toBeGreaterThanOrEqual(at > 0 && starts[at - 1] === start ? start : last);
          expect(end).toBeGreaterThan(start);
          expect((words[at] ?? 0) - (words[at - 1] ?? 0)).toBeLessThanOrEqual(1);
          for (const border of [start, end]) {
            expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(border - 1, border + 1))).toBe(false);
          }
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('need the three pieces that frame and replace', () => {
    expect(() => createWordPiece('[PAD]\n[UNK]\n[CLS]\na')).toThrow('[SEP]');
  });
});
