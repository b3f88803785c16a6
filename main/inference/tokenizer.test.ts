import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { bytesOfToken } from './byte-alphabet.ts';
import { encodePrompt, endTokens } from './prompt.ts';
import { createTextStream } from './text-stream.ts';
import { smallTokenizer } from './small-tokenizer.fixture.ts';
import { createTokenizer, maxTextLength } from './tokenizer.ts';

const tokenizer = createTokenizer(JSON.stringify(smallTokenizer()));
const facts = {
  file: 'tokenizer.json',
  begin: [],
  end: [0],
  turn: { user: '<|user|>', assistant: '<|assistant|>' },
};
const slices = (text: string) =>
  tokenizer.encode(text).map((token) => text.slice(token.text.start, token.text.end));
const decode = (ids: readonly number[]) => {
  const stream = createTextStream(tokenizer);
  return ids.map((id) => stream.push(id)).join('') + stream.end();
};

describe('byte alphabet', () => {
  it("is GPT-2's: space is Ġ, newline is Ċ, é is Ã©", () => {
    expect(bytesOfToken('Ġ')).toEqual(Uint8Array.of(0x20));
    expect(bytesOfToken('Ċ')).toEqual(Uint8Array.of(0x0a));
    expect(bytesOfToken('Ã©')).toEqual(new TextEncoder().encode('é'));
    expect(bytesOfToken('Ń')).toEqual(Uint8Array.of(0xad));
    expect(bytesOfToken('é€')).toBeUndefined();
  });
});

describe('encode', () => {
  it('gives each token the characters it holds, the space before a word included', () => {
    expect(slices('the cat, the hat')).toEqual(['the', ' c', 'at', ',', ' the', ' h', 'at']);
  });

  it('gives every byte token of a character the whole character, in UTF-16 units', () => {
    const text = 'a🙂b';
    expect(tokenizer.encode(text).map((token) => token.text)).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 3 },
      { start: 1, end: 3 },
      { start: 1, end: 3 },
      { start: 1, end: 3 },
      { start: 3, end: 4 },
    ]);
  });

  it('covers the whole text without a gap, whatever the text', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = tokenizer.encode(text);
        let reached = 0;
        for (const { text: range } of tokens) {
          if (range.start > reached || range.end <= range.start) return false;
          reached = Math.max(reached, range.end);
        }
        return reached === text.length && decode(tokens.map((token) => token.id)) === text.toWellFormed();
      }),
    );
  });

  it('keeps a lone surrogate in its place', () => {
    expect(tokenizer.encode('a\ud83db').map((token) => token.text)).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 2 },
      { start: 1, end: 2 },
      { start: 1, end: 2 },
      { start: 2, end: 3 },
    ]);
  });

  it("reads a special token's name in the text as ordinary characters", () => {
    for (const name of ['<|end|>', '<|user|>', '<|assistant|>']) {
      const ids = tokenizer.encode(`a ${name} b`).map((token) => token.id);
      expect(ids).not.toContain(tokenizer.special(name));
      expect(decode(ids)).toBe(`a ${name} b`);
    }
  });

  it('does so even for a tokenizer that takes whole words of its vocabulary', () => {
    const file = smallTokenizer();
    const eager = createTokenizer(
      JSON.stringify({
        ...file,
        pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        model: { ...file.model, ignore_merges: true },
      }),
    );
    expect(eager.encode('<|user|>').map((token) => token.id)).not.toContain(1);
  });

  it('refuses a tokenizer whose tokens do not spell the text', () => {
    const file = smallTokenizer();
    const prefixing = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
    const lying = createTokenizer(JSON.stringify({ ...file, pre_tokenizer: prefixing }));
    expect(() => lying.encode('the')).toThrow(expect.objectContaining({ code: 'refused' }));
  });

  it('refuses a text far beyond any context before reading it', () => {
    expect(() => tokenizer.encode('a'.repeat(maxTextLength + 1))).toThrow(/1048577 characters/);
  });
});

describe('a tokenizer that is not byte-level BPE', () => {
  const file = smallTokenizer();
  it.each([
    ['a normalizer', { ...file, normalizer: { type: 'NFC' } }],
    ['another model', { ...file, model: { ...file.model, type: 'Unigram' } }],
    ['another decoder', { ...file, decoder: { type: 'WordPiece' } }],
    ['another alphabet', { ...file, model: { ...file.model, vocab: { ...file.model.vocab, '▁the': 999 } } }],
    ['no vocabulary', { ...file, model: { type: 'BPE' } }],
  ])('%s', (_, wrong) => {
    expect(() => createTokenizer(JSON.stringify(wrong))).toThrow(expect.objectContaining({ code: 'pack' }));
  });
  it('no JSON at all', () => {
    expect(() => createTokenizer('{')).toThrow(Failure);
  });
});

describe('prompt', () => {
  it("puts the text between the user's token and the assistant's", () => {
    expect(encodePrompt(tokenizer, facts, 'the')).toEqual([
      { id: 1, text: null },
      { id: tokenizer.encode('the')[0]?.id, text: { start: 0, end: 3 } },
      { id: 2, text: null },
    ]);
  });
  it('is the bare text after the first tokens for a model without turns', () => {
    expect(encodePrompt(tokenizer, { ...facts, begin: [0], turn: null }, 'the')).toMatchObject([
      { id: 0 },
      {},
    ]);
  });
  it('refuses an empty one', () => {
    for (const empty of ['', ' \n']) {
      expect(() => encodePrompt(tokenizer, facts, empty)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });
  it('names a template token that the tokenizer lacks', () => {
    const wrong = { ...facts, turn: { user: '<|human|>', assistant: '<|assistant|>' } };
    expect(() => encodePrompt(tokenizer, wrong, 'the')).toThrow(/<\|human\|>/);
  });
  it('an answer ends at the end token and at any turn', () => {
    expect([...endTokens(tokenizer, facts)].sort()).toEqual([0, 1, 2]);
  });
});

describe('text stream', () => {
  it('never gives half a character', () => {
    const ids = tokenizer.encode('é🙂').map((token) => token.id);
    const stream = createTextStream(tokenizer);
    expect(ids.map((id) => stream.push(id))).toEqual(['', 'é', '', '', '', '🙂']);
    expect(stream.end()).toBe('');
  });
  it('gives a replacement for what never became a character', () => {
    const [first] = tokenizer.encode('🙂');
    const stream = createTextStream(tokenizer);
    expect(stream.push(first?.id ?? -1)).toBe('');
    expect(stream.end()).toBe('\ufffd');
  });
  it('shows nothing for special and unknown tokens', () => {
    expect(decode([0, 1, 2, 100_000])).toBe('');
  });
});

describe('vocabulary of GPT-2', () => {
  const dir = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'gpt2-attention');
  const absent = !existsSync(join(dir, 'vocab.json'));
  it.skipIf(absent)('encodes as the published tokenizer does (skipped where ../shared is absent)', () => {
    const vocab: unknown = JSON.parse(readFileSync(join(dir, 'vocab.json'), 'utf8'));
    const merges = readFileSync(join(dir, 'merges.txt'), 'utf8').trim().split('\n').slice(1);
    const gpt2 = createTokenizer(
      JSON.stringify({
        ...smallTokenizer(),
        added_tokens: [{ id: 50256, content: '<|endoftext|>', special: true }],
        pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
        model: { type: 'BPE', vocab, merges },
      }),
    );
    // The ids of openai/gpt-2's own example sentence.
    expect(gpt2.encode('Hello world! Привет').map((token) => token.id)).toEqual([
      15496, 995, 0, 12466, 253, 21169, 18849, 38857, 16843, 20375,
    ]);
    expect(gpt2.encode('<|endoftext|>').map((token) => token.id)).toEqual([27, 91, 437, 1659, 5239, 91, 29]);
  });
});
