import type { Tokenizer } from './tokenizer.ts';

/** Turns tokens into text as they come. A character leaves only when its last byte is there. */
export interface TextStream {
  /** The text that the token completes; may be empty. */
  push(id: number): string;
  /** What an unfinished character at the end reads as (U+FFFD), else nothing. */
  end(): string;
}

export function createTextStream(tokenizer: Pick<Tokenizer, 'bytes'>): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(tokenizer.bytes(id), { stream: true }),
    end: () => decoder.decode(),
  };
}
