import { describe, expect, it } from 'vitest';
import { Failure } from '../failure/failure.ts';
import { readImport } from './read-import.ts';

interface Said {
  readonly role: string;
  readonly parts?: readonly unknown[];
  readonly type?: string;
  readonly recipient?: string;
  readonly hidden?: boolean;
  readonly time?: number | null;
}

/** A node as an export has it, with the fields that Sotto does not read. */
function node(id: string, parent: string | null, children: readonly string[], said: Said | null) {
  return {
    id,
    parent,
    children,
    message: said && {
      id,
      author: { role: said.role, name: null, metadata: {} },
      create_time: said.time === undefined ? 1_700_000_000.123456 : said.time,
      update_time: null,
      content: {
        content_type: said.type ?? 'text',
        ...(said.type === 'code'
          ? { language: 'unknown', text: 'search("x")' }
          : { parts: said.parts ?? [] }),
      },
      status: 'finished_successfully',
      end_turn: null,
      weight: 1,
      metadata: said.hidden ? { is_visually_hidden_from_conversation: true } : { model_slug: 'gpt-4' },
      recipient: said.recipient ?? 'all',
    },
  };
}

function exported(nodes: readonly ReturnType<typeof node>[], some: object = {}): string {
  return JSON.stringify([
    {
      title: 'Glaciers',
      create_time: 1_700_000_000.5,
      update_time: 1_700_000_100.25,
      mapping: Object.fromEntries(nodes.map((one) => [one.id, one])),
      moderation_results: [],
      current_node: nodes.at(-1)?.id,
      plugin_ids: null,
      conversation_id: '6f0e8f3a-0000-4000-8000-000000000001',
      id: '6f0e8f3a-0000-4000-8000-000000000001',
      ...some,
    },
  ]);
}

const plain = [
  node('root', null, ['system'], null),
  node('system', 'root', ['q'], { role: 'system', parts: [''], time: null, hidden: true }),
  node('q', 'system', ['a'], { role: 'user', parts: ['What is a moraine?'] }),
  node('a', 'q', [], { role: 'assistant', parts: ['Rubble of a glacier.'] }),
];

describe('a ChatGPT export', () => {
  it('becomes conversations', () => {
    expect(readImport(exported(plain))).toEqual({
      conversations: [
        {
          id: null,
          source: 'chatgpt:6f0e8f3a-0000-4000-8000-000000000001',
          title: 'Glaciers',
          pinned: false,
          created: 1_700_000_000_500,
          changed: 1_700_000_100_250,
          items: [
            {
              id: null,
              role: 'user',
              time: 1_700_000_000_123,
              text: 'What is a moraine?',
              marks: [],
              edits: { marked: [], unmarked: [] },
            },
            {
              id: null,
              role: 'assistant',
              time: 1_700_000_000_123,
              text: 'Rubble of a glacier.',
              state: 'complete',
              record: null,
            },
          ],
        },
      ],
      skipped: 0,
    });
  });

  it('follows the branch that was current, whatever was tried beside it', () => {
    const nodes = [
      node('root', null, ['q'], null),
      node('q', 'root', ['old', 'new'], { role: 'user', parts: ['Why?'] }),
      node('new', 'q', [], { role: 'assistant', parts: ['The newer answer.'] }),
      node('old', 'q', [], { role: 'assistant', parts: ['The older answer.'] }),
    ];
    expect(texts(exported(nodes))).toEqual(['Why?', 'The older answer.']);
    expect(texts(exported(nodes, { current_node: null }))).toEqual(['Why?', 'The newer answer.']);
  });

  it('leaves images, tools, reasoning and hidden instructions out, and counts them', () => {
    const image = { content_type: 'image_asset_pointer', asset_pointer: 'file-service://x' };
    const nodes = [
      node('root', null, ['s'], null),
      node('s', 'root', ['q'], { role: 'system', parts: ['You are helpful.'] }),
      node('q', 's', ['t'], { role: 'user', type: 'multimodal_text', parts: [image, 'Look at this', ''] }),
      node('t', 'q', ['c'], { role: 'assistant', type: 'thoughts' }),
      node('c', 't', ['r'], { role: 'assistant', type: 'code', recipient: 'browser' }),
      node('r', 'c', ['a'], { role: 'tool', parts: ['result'] }),
      node('a', 'r', ['b'], { role: 'assistant', parts: ['A pho\ue200cite\ue202turn0search1\ue201to'] }),
      node('b', 'a', [], { role: 'assistant', parts: ['of a cat.'] }),
    ];
    const { conversations, skipped } = readImport(exported(nodes));
    expect(conversations[0]?.items.map(({ role, text }) => [role, text])).toEqual([
      ['user', 'Look at this'],
      ['assistant', 'A photo\n\nof a cat.'],
    ]);
    expect(skipped).toBe(5);
  });

  it('leaves empty conversations out, and takes missing titles and times', () => {
    const nodes = plain.map((one) => ({
      ...one,
      message: one.message && { ...one.message, create_time: null },
    }));
    const bare = {
      title: null,
      create_time: null,
      update_time: null,
      conversation_id: undefined,
      id: undefined,
    };
    expect(readImport(exported(nodes, bare)).conversations).toMatchObject([
      { title: '', source: null, created: 0, changed: 0, items: [{ time: 0 }, { time: 0 }] },
    ]);
    expect(readImport(exported(plain.slice(0, 2))).conversations).toEqual([]);
    expect(readImport('[]')).toEqual({ conversations: [], skipped: 0 });
  });

  it('makes one line of a title', () => {
    expect(readImport(exported(plain, { title: ' A\n\tb\u0000 ' })).conversations[0]?.title).toBe('A b');
    expect(readImport(exported(plain, { title: 'x'.repeat(5000) })).conversations[0]?.title).toHaveLength(
      200,
    );
  });

  it('ends at a circle and at a parent that is not there', () => {
    const circle = [
      node('a', 'b', ['b'], { role: 'user', parts: ['one'] }),
      node('b', 'a', ['a'], { role: 'assistant', parts: ['two'] }),
    ];
    expect(texts(exported(circle))).toEqual(['one', 'two']);
    expect(readImport(exported(circle, { current_node: null })).conversations).toEqual([]);
    const own = [node('a', 'a', ['a'], { role: 'user', parts: ['one'] })];
    expect(texts(exported(own))).toEqual(['one']);
    const lost = [node('a', 'gone', [], { role: 'user', parts: ['one'] })];
    expect(texts(exported(lost))).toEqual(['one']);
    expect(readImport(exported(plain, { current_node: '__proto__' })).conversations).toEqual([]);
    expect(readImport(exported(plain, { current_node: 'toString' })).conversations).toEqual([]);
  });

  it('takes a long branch, and no longer one than a conversation may be', () => {
    const long = (length: number) =>
      Array.from({ length }, (_, index) =>
        node(`n${index}`, index === 0 ? null : `n${index - 1}`, [], {
          role: index % 2 === 0 ? 'user' : 'assistant',
          parts: ['x'],
        }),
      );
    expect(texts(exported(long(5000)))).toHaveLength(5000);
    expect(() => readImport(exported(long(100_001)))).toThrow('a conversation in it is too long');
  });

  it.each([
    ['', 'it is not JSON'],
    ['{', 'it is not JSON'],
    ['['.repeat(200_000), 'it is not JSON'],
    ['"text"', 'it is neither a ChatGPT export nor one of Sotto'],
    ['{}', 'it is neither a ChatGPT export nor one of Sotto'],
    ['null', 'it is neither a ChatGPT export nor one of Sotto'],
    ['[1]', 'it is not the conversations.json of a ChatGPT export'],
    ['[{"mapping": 5}]', 'it is not the conversations.json of a ChatGPT export'],
    ['[{"mapping": {"a": 5}, "current_node": "a"}]', 'a message in it has an unknown shape'],
    [
      '[{"mapping": {"a": {"message": {"author": 1}}}, "current_node": "a"}]',
      'a message in it has an unknown shape',
    ],
    ['[{"mapping": {}, "create_time": -1}]', 'it is not the conversations.json of a ChatGPT export'],
  ])('is refused as a whole when it is none: %#', (text, why) => {
    let failure: unknown;
    try {
      readImport(text);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      code: 'usage',
      reason: 'import-unreadable',
      message: `This file cannot be imported: ${why}. Nothing was added.`,
    });
  });
});

function texts(text: string): string[] {
  return readImport(text).conversations.flatMap(({ items }) => items.map((item) => item.text));
}
