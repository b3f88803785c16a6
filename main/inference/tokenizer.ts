/** Byte-level BPE: text to tokens with their places in the text, and tokens to bytes. */
import { readFile } from 'node:fs/promises';
import * as tokenizers from '@huggingface/tokenizers';
import * as v from 'valibot';
import type { TextRange } from '../../app/plan/row.ts';
import { Failure } from '../../app/failure/failure.ts';
import { fileOf } from '../packs/bundle.ts';
import type { Pack } from '../packs/pack.ts';
import { bytesOfToken } from './byte-alphabet.ts';

export interface TextToken {
  readonly id: number;
  /** The characters that the token holds at least one byte of; UTF-16 offsets, never inside a character. */
  readonly text: TextRange;
}

export interface Tokenizer {
  /**
   * Encodes text as text: a special token's name written in it stays ordinary characters.
   * @throws Failure `usage` over `maxTextLength`; `refused` when the tokens do not spell the text, so that nothing is
   * sent whose place is unknown.
   */
  encode(text: string): readonly TextToken[];
  /** The id of a special token by its name. */
  special(name: string): number | undefined;
  /** Bytes of the longest token: a text has at least its length divided by this in tokens. */
  readonly longestToken: number;
  /** The bytes of a token; empty for special tokens and ids outside the vocabulary. */
  bytes(id: number): Uint8Array;
}

/** The part of the package that is used; its own declarations do not resolve under Node's module rules. */
const BpeEncoder = tokenizers.Tokenizer as unknown as new (
  file: object,
  config: object,
) => {
  encode(
    text: string,
    options: { readonly add_special_tokens: boolean },
  ): { readonly ids: readonly number[] };
};

/** UTF-16 units; far more than any context holds, and fast to refuse. */
export const maxTextLength = 1 << 20;

const addedToken = v.looseObject({ id: v.number(), content: v.string() });
const tokenizerFile = v.looseObject({
  added_tokens: v.array(addedToken),
  normalizer: v.null(),
  pre_tokenizer: v.looseObject({ type: v.string() }),
  decoder: v.looseObject({ type: v.literal('ByteLevel') }),
  model: v.looseObject({ type: v.optional(v.literal('BPE')), vocab: v.record(v.string(), v.number()) }),
});

/** @throws Failure `pack` for another kind of tokenizer than byte-level BPE. */
export async function openTokenizer(pack: Pack): Promise<Tokenizer> {
  return createTokenizer(await readFile(await fileOf(pack.dir, pack.tokenizer.file), 'utf8'));
}

/** @param json a Hugging Face `tokenizer.json`. @throws as `openTokenizer`. */
export function createTokenizer(json: string): Tokenizer {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), tokenizerFile), json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw unsupported(`${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  }
  const file = parsed.output;
  const specials = new Map(file.added_tokens.map((token) => [token.content, token.id]));
  const specialIds = new Set(specials.values());
  // Without its added tokens the encoder cannot produce one, whatever the text says.
  const vocab = Object.entries(file.model.vocab).filter(
    ([token, id]) => !specials.has(token) && !specialIds.has(id),
  );
  const encoder = new BpeEncoder(
    {
      ...file,
      added_tokens: [],
      post_processor: null,
      model: { ...file.model, vocab: Object.fromEntries(vocab) },
    },
    {},
  );
  const bytesById = new Map<number, Uint8Array>();
  for (const [token, id] of vocab) {
    const bytes = bytesOfToken(token);
    if (bytes === undefined) throw unsupported(`token ${id} is not written in the byte-level alphabet`);
    bytesById.set(id, bytes);
  }
  const longestToken = [...bytesById.values()].reduce((most, token) => Math.max(most, token.length), 1);
  const nothing = new Uint8Array(0);
  const bytes = (id: number) => bytesById.get(id) ?? nothing;

  return {
    encode(text) {
      if (text.length > maxTextLength) {
        throw new Failure(
          'usage',
          `The text has ${text.length} characters; at most ${maxTextLength} can be read.`,
          {
            next: 'Shorten it.',
          },
        );
      }
      return text === '' ? [] : placed(text, encoder.encode(text, { add_special_tokens: false }).ids, bytes);
    },
    special: (name) => specials.get(name),
    longestToken,
    bytes,
  };
}

/** Finds each token's characters by its bytes, and proves on the way that the tokens spell the text. */
function placed(
  text: string,
  ids: readonly number[],
  bytesOf: (id: number) => Uint8Array,
): readonly TextToken[] {
  const utf8 = new TextEncoder().encode(text);
  const { starts, ends } = characterBounds(text, utf8.length);
  let at = 0;
  const tokens = ids.map((id) => {
    const bytes = bytesOf(id);
    const begin = at;
    for (const byte of bytes) if (utf8[at++] !== byte) throw misspelt();
    const start = starts[begin];
    const end = ends[at - 1];
    if (bytes.length === 0 || start === undefined || end === undefined) throw misspelt();
    return { id, text: { start, end } };
  });
  if (at !== utf8.length) throw misspelt();
  return tokens;
}

/** For every UTF-8 byte the UTF-16 range of its character. A lone surrogate is three bytes (U+FFFD), one unit. */
function characterBounds(text: string, length: number): { starts: Uint32Array; ends: Uint32Array } {
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    starts.fill(unit, byte, byte + size);
    ends.fill(unit + character.length, byte, byte + size);
    byte += size;
    unit += character.length;
  }
  return { starts, ends };
}

function misspelt(): Failure {
  return new Failure('refused', "The tokenizer's output does not spell the text. Nothing was sent.", {
    next: 'The pack does not fit this version of Sotto; install or build it again.',
  });
}

function unsupported(what: string): Failure {
  return new Failure('pack', `The pack's tokenizer is not a byte-level BPE: ${what}.`);
}
