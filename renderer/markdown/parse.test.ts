import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrowingMarkdown } from './growing.ts';
import { blocksOf } from './parse.ts';
import type { Block, Inline } from './tree.ts';

const text = (value: string): Inline => ({ type: 'text', text: value });
const paragraph = (...inlines: Inline[]): Block => ({ type: 'paragraph', inlines });

describe('an answer in Markdown', () => {
  it('has its headings below the headings of the page', () => {
    expect(blocksOf('# One\n\n##### Five')).toEqual([
      { type: 'heading', level: 3, inlines: [text('One')] },
      { type: 'heading', level: 6, inlines: [text('Five')] },
    ]);
  });

  it('has emphasis, code and breaks', () => {
    expect(blocksOf('a **b *c*** ~~d~~ `<e>`  \nf')).toEqual([
      paragraph(
        text('a '),
        { type: 'strong', inlines: [text('b '), { type: 'emphasis', inlines: [text('c')] }] },
        text(' '),
        { type: 'deleted', inlines: [text('d')] },
        text(' '),
        { type: 'code', text: '<e>' },
        { type: 'break' },
        text('f'),
      ),
    ]);
  });

  it('has lists, loose and tight, with tasks', () => {
    expect(blocksOf('3. a\n4. b\n   - [x] c\n   - [ ] d')).toMatchObject([
      {
        type: 'list',
        ordered: true,
        start: 3,
        items: [
          { checked: null, blocks: [paragraph(text('a'))] },
          {
            blocks: [
              paragraph(text('b')),
              {
                type: 'list',
                ordered: false,
                items: [
                  { checked: true, blocks: [paragraph(text('c'))] },
                  { checked: false, blocks: [paragraph(text('d'))] },
                ],
              },
            ],
          },
        ],
      },
    ]);
  });

  it('has code with the name of its language alone', () => {
    expect(blocksOf('```ts onload="x"\nlet a = 1 < 2;\n```')).toEqual([
      { type: 'code', text: 'let a = 1 < 2;', language: 'ts' },
    ]);
    expect(blocksOf('```"><img\nx\n```')).toEqual([{ type: 'code', text: 'x', language: null }]);
  });

  it('has tables', () => {
    expect(blocksOf('|a|b|\n|-|-:|\n|1|**2**|')).toEqual([
      {
        type: 'table',
        head: [
          { align: 'start', inlines: [text('a')] },
          { align: 'end', inlines: [text('b')] },
        ],
        rows: [
          [
            { align: 'start', inlines: [text('1')] },
            { align: 'end', inlines: [{ type: 'strong', inlines: [text('2')] }] },
          ],
        ],
        leftOut: 0,
      },
    ]);
  });

  it('reads character references', () => {
    expect(blocksOf('a &lt;b&gt; &amp; &#99; &#x64; &nosuch; &#0;')).toEqual([
      paragraph(text('a <b> & c d &nosuch; \ufffd')),
    ]);
  });
});

describe('hostile Markdown', () => {
  it.each([
    ['[a](javascript:alert(1))', { type: 'link', inlines: [text('a')], address: 'javascript:alert(1)' }],
    ['[a](data:text/html,x)', { type: 'link', inlines: [text('a')], address: 'data:text/html,x' }],
    ['<https://x.example/?q=secret>', { type: 'link', address: 'https://x.example/?q=secret' }],
    [
      '![pixel](https://x.example/p.png)',
      { type: 'image', text: 'pixel', address: 'https://x.example/p.png' },
    ],
  ])('%s is a tree of text, not an address to open', (source, inline) => {
    expect(blocksOf(source)).toMatchObject([{ type: 'paragraph', inlines: [inline] }]);
  });

  it('keeps HTML as the text that it is', () => {
    expect(blocksOf('<script>alert(1)</script>')).toEqual([
      { type: 'plain', text: '<script>alert(1)</script>' },
    ]);
    expect(blocksOf('a <img src=x onerror=alert(1)> b')).toEqual([
      paragraph(text('a '), text('<img src=x onerror=alert(1)>'), text(' b')),
    ]);
  });

  it.each(
    Object.entries({
      quotes: '>'.repeat(5000) + ' a',
      'quotes with spaces': '> '.repeat(5000) + 'a',
      'lists in a line': '1. '.repeat(5000) + 'a',
      'lists in lines': Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
      'lists and quotes': Array.from({ length: 39 }, (_, depth) => '> - '.repeat(depth) + 'a').join('\n\n'),
      emphasis: '_a'.repeat(10_000),
      stars: '*'.repeat(20_000) + 'a',
      brackets: '['.repeat(20_000),
      links: '[a]('.repeat(5000),
      ticks: '`'.repeat(20_000) + 'a',
      tags: '<div>'.repeat(5000),
      definitions: '[a]: b\n'.repeat(5000),
      'one long paragraph': '*a* [b](c) '.repeat(20_000),
    }),
  )('of %s ends soon, in a tree of bounded depth', (_, source) => {
    const began = performance.now();
    const blocks = blocksOf(source);
    expect(performance.now() - began).toBeLessThan(4000);
    expect(depthOf(blocks)).toBeLessThanOrEqual(28);
  });

  it('draws a part of a huge table, and counts the rest', () => {
    const line = (cell: string) => `${`|${cell}`.repeat(500)}|\n`;
    const [table] = blocksOf(line('a') + line('-') + line('b').repeat(500));
    expect(table).toMatchObject({ type: 'table', leftOut: 300 });
    expect(table?.type === 'table' && [table.head.length, table.rows.length, table.rows[0]?.length]).toEqual([
      30, 200, 30,
    ]);
  });

  it('is never a reason to throw', () => {
    const unit = fc.constantFrom('>', '- ', '1. ', '\n', '\n\n', '    ', '`', '```', '*', '_', '[', '](', ')', '|', '-', '<b>', '&lt;', 'a', '#', ' ', '![', '\\', '\t', '\r'); // prettier-ignore
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (source) => {
        blocksOf(source);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an answer that is being written', () => {
  const blocks = [
    'A paragraph with *emphasis* and\na second line.',
    '# Heading',
    '- one\n- two\n\n- three',
    '1. first\n\n   more of it',
    '```js\nlet a;\n\nlet b;\n```',
    '> quote\n> of two lines',
    '|a|b|\n|-|-|\n|1|2|',
    '---',
    '<div>\n\nraw',
    '    indented code',
  ];

  it('has the blocks of the whole text in the end, however it came', () => {
    const source = fc.array(fc.constantFrom(...blocks), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(source, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (parts, steps) => {
        const whole = parts.join('\n\n');
        const growing = createGrowingMarkdown();
        let at = 0;
        for (let step = 0; at < whole.length; step += 1) {
          at += steps[step % steps.length] ?? 1;
          growing.grow(whole.slice(0, at));
        }
        expect(growing.grow(whole)).toEqual(blocksOf(whole));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what has ended', () => {
    const growing = createGrowingMarkdown();
    const [first] = growing.grow('One.\n\nTwo.\nAnd');
    expect(growing.grow('One.\n\nTwo.\nAnd more.')[0]).toBe(first);
  });

  it('starts anew with another text', () => {
    const growing = createGrowingMarkdown();
    growing.grow('One.\n\nTwo.\n\nThree.');
    expect(growing.grow('Four.')).toEqual(blocksOf('Four.'));
  });
});

function depthOf(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  const inner = Math.max(0, ...Object.values(node).map(depthOf));
  return Array.isArray(node) ? inner + 1 : inner;
}
