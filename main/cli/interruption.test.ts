import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';

const program = join(import.meta.dirname, 'interrupted.fixture.ts');

async function start() {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code]) => `ended with ${code}`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => {
    const line = await lines.next();
    return line.done === true ? ended : line.value;
  };
  expect(await said()).toBe('started');
  return { child, said };
}

it('a terminal that closes says so twice, by the kernel and by the shell: what is being stopped goes on', async () => {
  const { child, said } = await start();
  for (let times = 0; times < 2; times += 1) {
    child.kill('SIGHUP');
    expect(await said()).toBe('SIGHUP, stopping');
  }
  child.stdin.end();
  expect(await said()).toBe('ended with 0');
});

it('somebody who presses Ctrl-C again does not wait', async () => {
  const { child, said } = await start();
  child.kill('SIGINT');
  expect(await said()).toBe('SIGINT, stopping');
  child.kill('SIGINT');
  expect(await said()).toBe('ended with 130');
});
