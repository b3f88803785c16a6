/** svelte-check that is set up wrongly looks at nothing and is green: a canary shows that it sees, the list that it looks. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from '../../build/lint/report.ts';

const renderer = join(root, 'renderer');

test('the planted type error of a component is reported, with the renderer’s own settings', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'svelte-check', 'bin', 'svelte-check'),
      '--workspace',
      join(root, 'test', 'rules', 'fixtures', 'svelte'),
      '--tsconfig',
      './tsconfig.json',
      '--output',
      'machine',
    ],
    { encoding: 'utf8', cwd: root },
  );
  expect(stdout).toContain("Type 'number' is not assignable to type 'string'");
  expect(stdout).toMatch(/ERROR "Canary\.svelte"/);
  expect(stdout).toMatch(/COMPLETED \d+ FILES 1 ERRORS/);
  expect(status).toBe(1);
}, 300_000);

test('every component of the renderer is on the list of what is checked', () => {
  const components = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.svelte'))
    .map((path) => join(renderer, path));
  const { config } = ts.readConfigFile(join(renderer, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, renderer, {}, undefined, undefined, [
    { extension: '.svelte', isMixedContent: true, scriptKind: ts.ScriptKind.Deferred },
  ]);
  expect(components.length).toBeGreaterThan(20);
  expect(components.filter((path) => !fileNames.includes(path))).toEqual([]);
});
