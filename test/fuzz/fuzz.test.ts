/**
 * What reads bytes of others, on inputs that libFuzzer chooses by the code that they reach; native/fuzz says how.
 *
 * Every target has `SOTTO_FUZZ_SECONDS` (8 without it), its committed corpus first. libFuzzer prints the seed of a run;
 * `SOTTO_FUZZ_SEED` repeats one. An input that fails is kept under native/target/fuzz/failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../build/lint/report.ts';

const seconds = Number(process.env['SOTTO_FUZZ_SECONDS'] ?? 8);
const seed = Number(process.env['SOTTO_FUZZ_SEED'] ?? 0);
const crate = join(root, 'native', 'fuzz');
const targets = readdirSync(join(crate, 'corpus')).sort();

const needsCompiler = 'a C++ compiler on Linux, for libFuzzer';
const isBuildable = process.platform === 'linux' && spawnSync('c++', ['--version']).status === 0;
if (!isBuildable) console.warn(`skipped: there is not ${needsCompiler}`);

const scratch = mkdtempSync(join(tmpdir(), 'sotto-fuzz-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const cargo = (...args: string[]) => spawnSync('cargo', args, { cwd: crate, encoding: 'utf8' });

/** Runs a target on folders of inputs: what it finds goes into the first. */
function run(target: string, folders: readonly string[], failed: string, limit: number) {
  mkdirSync(failed, { recursive: true });
  const options = [
    `-max_total_time=${limit}`,
    `-seed=${seed}`,
    `-artifact_prefix=${failed}/${target}-`,
    // Long inputs from the start: they are lists of changes, and one change needs a few bytes.
    '-len_control=0',
    '-max_len=2048',
  ];
  const { status, stdout, stderr } = cargo(
    ...['run', '--locked', '--quiet', '--bin', target, '--'],
    ...folders,
    ...options,
  );
  return { status, output: `${stdout}${stderr}` };
}

describe.skipIf(!isBuildable)('targets of native/fuzz', () => {
  beforeAll(() => {
    const { status, stderr } = cargo('build', '--locked', '--bins');
    expect(status, stderr).toBe(0);
  }, 1_800_000);

  it.each(targets)(
    '%s',
    (target) => {
      const corpus = join(crate, 'corpus', target);
      const found = join(scratch, target);
      mkdirSync(found);
      const failed = join(root, 'native', 'target', 'fuzz', 'failed');
      const { status, output } = run(target, [found, corpus], failed, seconds);
      expect(status, output).toBe(0);
      const runs = Number(/^Done (\d+) runs/m.exec(output)?.[1]);
      expect(runs).toBeGreaterThan(readdirSync(corpus).length);
      console.log(`${target}: ${runs} inputs, ${readdirSync(found).length} of them new`);
    },
    (seconds + 600) * 1000,
  );

  it('find a panic that only guidance leads to', () => {
    const found = join(scratch, 'planted');
    mkdirSync(found);
    const { status, output } = run('planted', [found], join(scratch, 'failed'), 60);
    expect(status, output).not.toBe(0);
    expect(output).toContain('the planted panic');
  });
});
