/** A command that is ended before its time leaves nothing behind, and says so by its exit code. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storedKeys } from './files.ts';
import { startHoldingProxy } from './holding-proxy.ts';
import { startServer } from './server.ts';
import { root, sotto, temporaryHome } from './sotto.ts';

const program = join(root, 'main', 'cli', 'sotto.ts');
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
  it('leaves no server and no keys here', async () => {
    const temporary = await temporaryFolder();
    const result = await sotto([...ask, prompt], {
      env: { TMPDIR: temporary },
      started: (child) => closeAfterFirst(child),
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).not.toMatch(/did not expect|EPIPE/);
    expect(await foldersOfSotto(temporary)).toEqual([]);
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

  it('has not had enough where it waits for one object', async () => {
    const text = await sotto(['detect', prompt], { started: (child) => child.stdout?.destroy() });
    expect([text.code, text.stderr]).toEqual([0, '']);
    const json = await sotto(['detect', '--json', prompt], { started: (child) => child.stdout?.destroy() });
    expect([json.code, json.stderr]).toEqual([130, '']);
    const events = await sotto([...ask, '--json', '--events', prompt], {
      started: (child) => closeAfterFirst(child),
    });
    expect(events.code, events.stderr).toBe(130);
  });

  it.each(['stdout', 'stderr'] as const)('of %s does not hide a failure', async (output) => {
    const closed = { started: (child: ChildProcess) => child[output]?.destroy() };
    for (const args of [
      ['--policy', 'some', prompt],
      ['--json', '--policy', 'some', prompt],
      ['--nonsense'],
    ]) {
      expect((await sotto(['ask', ...args], closed)).code).toBe(2);
    }
    // Not thrown: what a command finds out about this machine.
    const bare = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
    expect((await sotto(['keys', 'status'], { ...closed, env: bare })).code).toBe(3);
    expect((await sotto(['doctor'], { ...closed, env: bare })).code).toBe(output === 'stdout' ? 0 : 1);
  });

  it('does not hide a check that failed before', async () => {
    const seen = await sotto(['doctor'], {
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
      started: (child) => {
        child.stdout?.on('data', (data: Buffer) => {
          if (data.toString().includes('FAIL')) child.stdout?.destroy();
        });
      },
    });
    expect(seen.code, seen.stderr).toBe(1);
  });

  it('of messages loses messages alone', async () => {
    const args = ['ask', '--yes', '--ephemeral-keys', '--max-tokens', '3'];
    const heard = await sotto([...args, prompt]);
    expect(heard.stderr).toContain('No server is configured');
    const unheard = await sotto([...args, prompt], { started: (child) => child.stderr?.destroy() });
    expect([unheard.code, unheard.stdout]).toEqual([0, heard.stdout]);
  });

  it.skipIf(!existsSync('/dev/full'))('is another thing than a disk without room', async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(process.execPath, [program, 'detect', prompt], { stdio: ['ignore', full, 'pipe'] });
    let said = '';
    child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, said]).toEqual([5, 'Standard output could not be written (ENOSPC).\n']);
  });
});

describe('a terminal that is closed', () => {
  it('leaves no server and no keys here', async () => {
    const temporary = await temporaryFolder();
    const result = await sotto([...ask, prompt], {
      env: { TMPDIR: temporary },
      started: (child) => child.stdout?.once('data', () => child.kill('SIGHUP')),
    });
    expect(result.code, result.stderr).toBe(130);
    expect(await foldersOfSotto(temporary)).toEqual([]);
  });

  it('leaves no keys at a server', async () => {
    const server = await startServer();
    const result = await sotto([...ask, '--server', server.address, prompt], {
      started: (child) => child.stdout?.once('data', () => child.kill('SIGHUP')),
    });
    expect(result.code, result.stderr).toBe(130);
    expect(await storedKeys(server.dataDir)).toEqual([]);
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
function closeAfterFirst(child: ChildProcess): void {
  child.stdout?.once('data', () => child.stdout?.destroy());
}

async function temporaryFolder(): Promise<string> {
  const temporary = join(await temporaryHome(), 'temporary');
  await mkdir(temporary);
  return temporary;
}

async function foldersOfSotto(temporary: string): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('sotto-'));
}
