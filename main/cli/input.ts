import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import { Failure } from '../../app/failure/failure.ts';

/** A prompt may be this long; the model's context is far shorter. Bytes of UTF-8. */
const promptLimit = 1_000_000;

/**
 * The prompt as given, or all of standard input for `-`.
 * @throws Failure `usage` when it is empty or endless; the signal's reason when it is aborted while reading
 */
export async function readPrompt(argument: string, signal: AbortSignal): Promise<string> {
  const text = argument === '-' ? await readAll(chunksOf(process.stdin, signal)) : argument;
  if (text.trim() === '') {
    throw new Failure('usage', 'The prompt is empty.', {
      next: 'Give a prompt, or - to read it from standard input.',
    });
  }
  return text;
}

/**
 * What a stream brings, until its end. An abort ends the wait for more at once: whoever should write may never do so.
 * @throws the signal's reason
 */
export async function* chunksOf(
  stream: Readable,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of addAbortSignal(signal, stream)) yield chunk as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function readAll(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > promptLimit) throw new Failure('usage', `The prompt is longer than ${promptLimit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** A parser for commander: an integer in a range. */
export function integerOption(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new Failure('usage', `${name} must be a whole number from ${min} to ${max}, not '${text}'.`);
    }
    return value;
  };
}

/** A parser for commander: a number in a range. */
export function numberOption(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max) {
      throw new Failure('usage', `${name} must be a number from ${min} to ${max}, not '${text}'.`);
    }
    return value;
  };
}

/** A parser for commander: a number over `min`, up to `max`. */
export function numberOverOption(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > min && value <= max)) {
      throw new Failure('usage', `${name} must be a number over ${min}, at most ${max}, not '${text}'.`);
    }
    return value;
  };
}

/** A parser for commander: an option that may be given several times. */
export function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** A file's first line. @throws Failure `usage` when it cannot be read or is empty. */
export async function readSecretFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `${file} cannot be read.`, { cause });
  });
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new Failure('usage', `${file} is empty.`);
  return line;
}
