import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { testStore } from './test-store.fixture.ts';
import type { TestStore } from './test-store.fixture.ts';

const writer = join(import.meta.dirname, 'writer.fixture.ts');
const runs = 25;

function start(test: TestStore, run: number): { child: ChildProcess; lines: string[]; first: Promise<void> } {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      writer,
      test.file,
      Buffer.from(test.key).toString('hex'),
      String(run),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  let rest = '';
  const first = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      resolve();
    });
    child.once('exit', () => reject(new Error('The writer ended by itself.')));
  });
  return { child, lines, first };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.stdout?.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

describe('a process that is killed while it writes', () => {
  it('loses nothing that it had written, over many runs on one file', async () => {
    const test = testStore();
    let messages = 0;
    const earlier: string[] = [];
    for (let run = 0; run < runs; run += 1) {
      const { child, lines, first } = start(test, run);
      await first;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      await kill(child);

      const store = test.open();
      const kept = new Set(store.ids());
      for (const id of earlier) expect(kept.has(id)).toBe(true);
      const conversation = lines.find((line) => line.startsWith('conversation '))?.slice(13);
      if (conversation !== undefined) {
        earlier.push(conversation);
        const { items, damaged } = store.get(conversation);
        expect(damaged).toBeUndefined();
        const written = lines
          .filter((line) => /^(question|answer) /.test(line))
          .map((line) => line.split(' ')[1]);
        // Beside what it had said, at most the one that it was about to say is there.
        expect(items.map(({ id }) => id).slice(0, written.length)).toEqual(written);
        expect(items.length - written.length).toBeLessThanOrEqual(1);
        items.forEach((item, index) => {
          const count = Math.floor(index / 2);
          if (item.role === 'user') expect(item.text).toContain(`question ${count} of run ${run}`);
          else if (item.state === 'complete') expect(item.text).toBe(`answer ${count}`);
          else expect([item.state, item.text, index]).toEqual(['interrupted', '', items.length - 1]);
        });
        messages += written.length;
      }
      // Beside the conversations that runs had said, one that a run was about to say may be found.
      const found = (await store.search('run', 1)).length;
      expect(found).toBeGreaterThanOrEqual(earlier.length > 0 ? 1 : 0);
      expect(found).toBeLessThanOrEqual(kept.size > 0 ? 1 : 0);
      store.close();
    }
    // The runs did write.
    expect(messages).toBeGreaterThan(runs);
  });
});

describe('two processes', () => {
  it('do not open one profile, and a killed one does not keep it', async () => {
    const test = testStore();
    const { child, lines, first } = start(test, 0);
    await first;
    let failure: unknown;
    try {
      test.open();
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'profile-in-use', facts: { path: test.dir } });
    await kill(child);
    const conversations = lines.filter((line) => line.startsWith('conversation '));
    expect(test.open().ids().length).toBeGreaterThanOrEqual(conversations.length);
  });
});
