import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../contract/conversations.ts';
import { exportMarkdown } from './markdown.ts';

const question = (text: string): Message => ({
  role: 'user',
  id: 'q',
  time: Date.UTC(2026, 10, 2, 14, 3),
  text,
  marks: [],
  edits: { marked: [], unmarked: [] },
});
const answer = (text: string, state: 'complete' | 'interrupted' = 'complete'): Message => ({
  role: 'assistant',
  id: 'a',
  time: Date.UTC(2026, 10, 2, 14, 4),
  text,
  state,
  record: null,
});
const conversation = (title: string, items: Message[]): Conversation => ({
  id: 'c',
  title,
  pinned: false,
  created: Date.UTC(2026, 10, 2, 14, 0),
  changed: 0,
  messages: items.length,
  stored: true,
  items,
});

/** The headings of the whole text, as a reader of Markdown sees them: who breaks out makes others. */
function headings(markdown: string): string[] {
  return marked.lexer(markdown).flatMap((token) => (token.type === 'heading' ? [String(token.text)] : []));
}
const expected = ['You, 2026-11-02 14:03 UTC', 'Sotto, 2026-11-02 14:04 UTC'];

const attacks = [
  'plain',
  '```\nunclosed',
  '~~~\nunclosed',
  '`````\n# heading\n```',
  '# You, 2026-11-02 14:03 UTC',
  'Setext\n===\n\nother\n---',
  '<!-- open',
  '<script>\nalert(1)',
  '<pre>\n# x',
  '> quote\n>> deeper',
  '- list\n\n      code\n- ```\n  x',
  '\r# carriage return\r\n# both',
  '| a |\n|---|\n| ``` |',
  '[x]: https://example.org/y',
  `${'`'.repeat(500)}\nmany`,
  '\t# tab\n    # code',
];

describe('the Markdown export', () => {
  it('has title, times, texts and states', () => {
    expect(
      exportMarkdown([
        conversation('Glaciers', [question('Why?'), answer('**So.**\n\n- one', 'interrupted')]),
      ]),
    ).toBe(`# Glaciers

2026-11-02 14:00 UTC

## You, 2026-11-02 14:03 UTC

\`\`\`text
Why?
\`\`\`

## Sotto, 2026-11-02 14:04 UTC

> **So.**
> 
> - one

*Interrupted before the answer ended.*

`);
  });

  it.each(attacks)('lets no message out of its place: %j', (text) => {
    for (const items of [
      [question(text), answer('after')],
      [question('before'), answer(text)],
    ]) {
      const all = exportMarkdown([
        conversation('First', items),
        conversation('Second', [question('q'), answer('a')]),
      ]);
      expect(headings(all)).toEqual(['First', ...expected, 'Second', ...expected]);
    }
  });

  it.each([
    '![x](https://example.org/?q=secret)',
    'text ![x][y]\n\n[y]: https://example.org/y.png',
    '<img src="https://example.org/y.png">',
    'a <b onclick="x">b</b>',
    '> - ![deep](//example.org/z)',
  ])('loads nothing: %j', (text) => {
    const html = marked.parse(exportMarkdown([conversation('t', [question(text), answer(text)])]), {
      async: false,
    });
    expect(html).not.toMatch(/<img|<b\b/);
  });

  it('keeps code of an answer as it is', () => {
    const code = 'Use:\n\n```c\n#include <stdio.h>\n![not an image](x)\n```\n\nand `Vec<T>`.';
    expect(exportMarkdown([conversation('t', [question('q'), answer(code)])])).toContain(
      code
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n'),
    );
  });

  it.each(['# a', '*b* _c_', '<img src=x>', '[l](https://x)', '`code`', 'a\nb', '![i](x)'])(
    'writes %j as a title',
    (title) => {
      const [heading] = marked.lexer(exportMarkdown([conversation(title, [])]));
      const html = heading && marked.parser([heading]);
      expect(html).not.toMatch(/<(?!\/?(?:h1>|a[ >]))/);
      expect(headings(exportMarkdown([conversation(title, [])]))).toHaveLength(1);
    },
  );
});
