/** A command that is ended before its time leaves nothing behind, and says so by its exit code. */
import { describe, expect, it } from 'vitest';
import { sotto } from './sotto.ts';

const prompt = 'Call 415-555-0132 today.';

describe('waiting for standard input', () => {
  it('detect --jsonl ends with the first signal, and has written what it was asked before', async () => {
    const result = await sotto(['detect', '--jsonl'], {
      stdin: `${JSON.stringify({ id: 1, text: prompt })}\n`,
      keepStdinOpen: true,
      started: (child) => child.stdout?.once('data', () => child.kill('SIGTERM')),
    });
    expect(result.code, result.stderr).toBe(130);
    expect(result.json).toMatchObject({ id: 1, spans: [{ kind: 'phone' }, { kind: 'date' }] });
    expect(result.stderr).toBe('Stopped.\n');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ask - ends with the first %s', async (signal) => {
    const result = await sotto(['ask', '--json', '--yes', '-'], {
      // More than a pipe holds: when all of it is taken the program reads.
      stdin: 'A long story. '.repeat(30_000),
      keepStdinOpen: true,
      started: (child) => child.stdin?.once('drain', () => child.kill(signal)),
    });
    expect(result.code, result.stderr).toBe(130);
    expect(result.json.error).toMatchObject({ code: 'cancelled' });
  });
});
