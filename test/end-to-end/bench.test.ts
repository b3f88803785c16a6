/** What a script meets that measures: one object, and the exit code of any other command. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sotto } from './sotto.ts';

describe('sotto bench', () => {
  it.each([
    [['nosuch'], "There is no benchmark 'nosuch'."],
    [[], 'Which benchmark?'],
    [['detect', '--runs', '0'], '--runs must be a whole number from 1 to 1000.'],
    [['detect', '--runs', 'many'], '--runs must be a whole number from 1 to 1000.'],
  ])('%j is wrong usage, also for a script', async (args, message) => {
    const result = await sotto(['bench', ...args, '--json']);
    expect([result.code, result.json]).toEqual([
      2,
      { error: { code: 'usage', message, next: expect.stringContaining('lattice') as string } },
    ]);
    expect(result.stderr).toContain(message);
  });

  it('lists what there is to measure, also for a script', async () => {
    const { json } = await sotto(['bench', '--list', '--json']);
    const { benchmarks } = json as { benchmarks: readonly { name: string; about: string }[] };
    expect(benchmarks.map(({ name }) => name)).toContain('lattice');
    const { stdout } = await sotto(['bench', '--list']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().replace(/ +/, ' ')),
    ).toEqual(benchmarks.map(({ name, about }) => `${name} ${about}`));
  });

  it('measures nothing for a reader that is gone', async () => {
    const result = await sotto(['bench', 'detect', '--runs', '1', '--json'], {
      started: (child) => child.stdout?.destroy(),
    });
    expect(result.code, result.stderr).toBe(130);
  });

  it.skipIf(!existsSync('/proc/self/task'))('is interrupted as soon as it is started', async () => {
    const result = await sotto(['bench', 'detect', '--json'], { started: (child) => void stopEarly(child) });
    expect(result.code, result.stderr).toBe(130);
    expect(result.json).toEqual({ error: { code: 'cancelled', message: 'Stopped.', next: null } });
  });
});

/** As soon as there is the program that measures, which cannot listen to anything yet. */
async function stopEarly(child: ChildProcess): Promise<void> {
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  while (existsSync(children) && readFileSync(children, 'utf8') === '') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGINT');
}
