import { describe, expect, it } from 'vitest';
import { outputOf } from './program.ts';

const script = (text: string, signal = new AbortController().signal) => {
  const lines: string[] = [];
  const output = outputOf({
    command: process.execPath,
    args: ['-e', text],
    signal,
    progress: (line) => lines.push(line),
    missing: 'no node',
  });
  return { output, lines };
};

describe('a program that a benchmark runs', () => {
  it('passes its progress on and returns its output', async () => {
    const { output, lines } = script('console.error("one\\ntwo"); console.log("{}")');
    expect(await output).toBe('{}\n');
    expect(lines).toEqual(['one', 'two']);
  });

  it('fails with what it said', async () => {
    const { output } = script('console.error("no room"); process.exit(3)');
    await expect(output).rejects.toThrow(/ended with 3:\nno room/);
  });

  it('says what is missing', async () => {
    const output = outputOf({
      command: 'sotto-no-such-program',
      args: [],
      signal: new AbortController().signal,
      progress: () => undefined,
      missing: 'cargo is not there',
    });
    await expect(output).rejects.toThrow('cargo is not there');
  });

  it('is ended by an abort', async () => {
    const stop = new AbortController();
    const { output } = script('console.error("here"); setInterval(() => {}, 1000)', stop.signal);
    setTimeout(() => stop.abort(), 300);
    await expect(output).rejects.toThrow(/abort/i);
  });
});
