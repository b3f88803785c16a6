/** A command that is ended before its time leaves nothing behind, and says so by its exit code. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storedKeys } from './files.ts';
import { startHoldingProxy } from './holding-proxy.ts';
import { startServer } from './server.ts';
import { sotto, temporaryHome } from './sotto.ts';

const prompt = 'Call 415-555-0132 today.';
const ask = ['ask', '--yes', '--ephemeral-keys', '--max-tokens', '200'];

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

describe('a reader that closes the pipe', () => {
  it.each(['stdout', 'stderr'] as const)('of %s leaves no server and no keys here', async (output) => {
    const temporary = join(await temporaryHome(), 'temporary');
    await mkdir(temporary);
    const result = await sotto([...ask, prompt], {
      env: { TMPDIR: temporary },
      started: (child) => closeAfterFirst(child, output),
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).not.toMatch(/did not expect|EPIPE/);
    expect((await readdir(temporary)).filter((name) => name.startsWith('sotto-'))).toEqual([]);
  });

  it('leaves no keys at a server', async () => {
    const server = await startServer();
    const result = await sotto([...ask, '--server', server.address, prompt], {
      started: (child) => closeAfterFirst(child),
    });
    expect(result.code, result.stderr).toBe(0);
    expect(await storedKeys(server.dataDir)).toEqual([]);
  });

  it('is no failure of detect --jsonl either', async () => {
    const lines = Array.from({ length: 2_000 }, (_, id) => `${JSON.stringify({ id, text: prompt })}\n`);
    const result = await sotto(['detect', '--jsonl'], {
      stdin: lines.join(''),
      started: (child) => closeAfterFirst(child),
    });
    expect([result.code, result.stderr]).toEqual([0, '']);
  });
});

describe('evaluation keys that are to last one run', () => {
  it('are forgotten at the server when the run is stopped before it knows that they arrived', async () => {
    const server = await startServer();
    let child: ChildProcess | undefined;
    const proxy = await startHoldingProxy(server.port, {
      // A server answers when it has stored them: this is that answer.
      holds: async () => (await storedKeys(server.dataDir)).length > 0,
      held: () => child?.kill('SIGINT'),
    });
    onTestFinished(() => proxy.close());
    const result = await sotto([...ask, '--json', '--server', proxy.address, prompt], {
      started: (started) => (child = started),
    });
    expect(result.code, result.stderr).toBe(130);
    expect(result.json.error).toMatchObject({ code: 'cancelled' });
    expect(await storedKeys(server.dataDir)).toEqual([]);
  });
});

/** As `head` does. */
function closeAfterFirst(child: ChildProcess, output: 'stdout' | 'stderr' = 'stdout'): void {
  child[output]?.once('data', () => child[output]?.destroy());
}
