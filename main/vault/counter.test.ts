import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockSize, Counter } from './counter.ts';
import { Records } from './records.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-counter-'));
  file = join(dir, 'vault.db');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function counterOf(records: Records, now = () => Date.now()): Counter {
  return new Counter(() => records.transaction(() => records.takeCounterBlock(now())));
}

/** A process that takes `perTake` numbers again and again until it is killed, and prints the first of each. */
function taker(perTake: number) {
  const program = `
    import { Counter } from ${JSON.stringify(new URL('./counter.ts', import.meta.url).href)};
    import { Records } from ${JSON.stringify(new URL('./records.ts', import.meta.url).href)};
    const records = Records.open(process.argv[1]);
    const counter = new Counter(() => records.transaction(() => records.takeCounterBlock(Date.now())));
    for (;;) {
      process.stdout.write(counter.take(${perTake}) + '\\n');
      await new Promise((resolve) => setTimeout(resolve, 3 * Math.random()));
    }`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const taken: bigint[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => taken.push(BigInt(line)));
  return {
    taken,
    async afterTaking(count: number) {
      while (taken.length < count) {
        if (child.exitCode !== null) throw new Error('the process ended');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async kill() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await closed;
    },
  };
}

describe('the counter', () => {
  it('gives consecutive numbers, each once', () => {
    const counter = counterOf(Records.inMemory());
    const first = counter.take(3);
    expect(counter.take()).toBe(first + 3n);
    expect(counter.take(blockSize - 4)).toBe(first + 4n);
    expect(counter.take()).toBeGreaterThanOrEqual(first + BigInt(blockSize));
  });

  it('never splits what was asked for in one piece over two blocks', () => {
    const counter = counterOf(Records.inMemory());
    const first = counter.take(blockSize - 1);
    const whole = counter.take(2);
    expect(whole).toBeGreaterThanOrEqual(first + BigInt(blockSize));
    expect(whole % BigInt(blockSize)).toBe(0n);
  });

  it.each([0, -1, 1.5, blockSize + 1, Number.NaN])('refuses to give %d', (count) => {
    expect(() => counterOf(Records.inMemory()).take(count)).toThrow(/1 to 65536/);
  });

  it('goes on upwards while the clock is set back', () => {
    const times = [5000, 4000, 3000];
    const records = Records.inMemory();
    const blocks = times.map((now) => records.takeCounterBlock(now));
    const [first = 0] = blocks;
    expect(first).toBeGreaterThanOrEqual(5000);
    expect(blocks).toEqual([first, first + 1, first + 2]);
  });

  it('does not repeat numbers when older records are put back in place', async () => {
    Records.open(file).close();
    copyFileSync(file, join(dir, 'backup.db'));
    const before = Records.open(file);
    const used = [1, 2, 3].map(() => counterOf(before).take());
    before.close();
    copyFileSync(join(dir, 'backup.db'), file);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const after = Records.open(file);
    const next = counterOf(after).take();
    after.close();
    expect(used.every((number) => number < next)).toBe(true);
  });

  it('does not repeat numbers after kill -9', async () => {
    const used: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      const process = taker(round === 0 ? 1 : blockSize);
      await process.afterTaking(20);
      await process.kill();
      used.push(...process.taken);
    }
    expect(new Set(used).size).toBe(used.length);
    const records = Records.open(file);
    const next = counterOf(records).take();
    records.close();
    expect(used.every((number) => number < next)).toBe(true);
  });

  it('never gives two processes the same number', async () => {
    const processes = [taker(blockSize), taker(blockSize), taker(1)];
    await Promise.all(processes.map((process) => process.afterTaking(50)));
    await Promise.all(processes.map((process) => process.kill()));
    const [a = [], b = [], c = []] = processes.map((process) => process.taken);
    const blocks = [...a, ...b];
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(blocks.every((block) => block % BigInt(blockSize) === 0n)).toBe(true);
    const taken = new Set(blocks);
    expect(c.every((number) => !taken.has(number - (number % BigInt(blockSize))))).toBe(true);
  });
});
