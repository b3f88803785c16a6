import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { root } from '../../build/lint/report.ts';

const output = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim().split('\n');

it('every file of tests is in one suite, and every suite of ours has some', () => {
  const files = output('git', 'ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts');
  const folders = output(process.execPath, 'test/run.mjs', '--list').flatMap((line) =>
    (line.split(': ')[1] ?? '').split(', '),
  );
  const suitesOf = (file: string) => folders.filter((folder) => file.startsWith(`${folder}/`));
  expect(files.filter((file) => suitesOf(file).length !== 1)).toEqual([]);
  expect(folders.filter((folder) => !files.some((file) => file.startsWith(`${folder}/`)))).toEqual([
    'native',
  ]);
});
