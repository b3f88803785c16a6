import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../../build/lint/report.ts';

const scripts = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;
const withNode = 'build/setup/with-node.mjs';
const scratch = mkdtempSync(join(tmpdir(), 'sotto-scripts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function program(text: string): string {
  const file = join(scratch, 'program.ts');
  writeFileSync(file, text);
  return file;
}

it.each(Object.entries(scripts).filter(([, script]) => /setup\.mjs.*&&/.test(script)))(
  '%s asks for no Node that its shell may know from before the set-up',
  (_, script) => {
    const [, ...after] = script.split('&&').map((part) => part.trim());
    for (const part of after) {
      // Plain JavaScript for Node 20 runs on either.
      expect(part).toMatch(new RegExp(`^(?!node )|^node ${withNode} |^node test/run\\.mjs\\b`));
    }
  },
);

it('a program gets its arguments, runs on Node 24, and ends as it ends', () => {
  const file = program(
    'console.log(process.versions.node, ...process.argv.slice(2)); process.exitCode = 7 as number;',
  );
  const { stdout, status } = spawnSync(process.execPath, [withNode, file, 'a b', '--c'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^(?:2[4-9]|[3-9]\d)\.\S+ a b --c\n$/);
  expect(status).toBe(7);
});

it.skipIf(process.platform === 'win32')('a program is told of the signals that end it', async () => {
  const file = program(`
    const rest = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => { clearInterval(rest); process.exitCode = 5; });
    console.log('ready');`);
  const child = spawn(process.execPath, [withNode, file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  child.stdout.once('data', () => child.kill('SIGTERM'));
  expect(await ended).toEqual({ code: 5, signal: null });
});
