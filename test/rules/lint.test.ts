import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../build/lint/report.ts';

const lint = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'build/lint/lint.mjs'), ...args], { encoding: 'utf8' });

test('--help names every linter', () => {
  const { status, stdout } = lint('--help');
  expect(status).toBe(0);
  for (const name of [
    'prettier',
    'eslint',
    'types',
    'imports',
    'text',
    'licences',
    'crates',
    'rustfmt',
    'clippy',
  ]) {
    expect(stdout).toContain(name);
  }
});

test.each([[['--only', 'spelling']], [['--only']], [['--fast']]])('%j is refused', (args) => {
  const { status, stderr } = lint(...args);
  expect(status).toBe(2);
  expect(stderr).toContain('Usage: ');
});

test('one linter alone ends with its line and the count', () => {
  const { stdout } = lint('--only', 'crates');
  expect(stdout).toMatch(/^crates: clean \(\d+\.\d s\)\n1 clean, 0 failed\n$/);
});
