/**
 * The addon `native/addon/examples/testing.rs`, built here: it panics on purpose, and computes the facts of a matrix
 * as a pack's builder does.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface TestingAddon {
  panicOnPool(): Promise<boolean>;
  panicInArguments(): Promise<boolean>;
  panicAtOnce(): boolean;
  /** @param weights [outputs][inputs] */
  assess(
    weights: Int8Array,
    inputs: number,
    outputs: number,
  ): {
    readonly t: number;
    readonly rangeBound: number;
    readonly noiseLog2: number;
    readonly failureLog2: number;
  };
}

/** Path of the addon, built now, under a name that Node loads. `SOTTO_TESTING_ADDON` names one that is built. */
export function buildTestingAddon(): string {
  const built = process.env['SOTTO_TESTING_ADDON'] ?? build();
  const loadable = join(mkdtempSync(join(tmpdir(), 'sotto-testing-')), 'testing.node');
  copyFileSync(built, loadable);
  return loadable;
}

function build(): string {
  const native = join(import.meta.dirname, '..', '..', 'native');
  // The whole workspace, so that its crates have the features that they have in every other build.
  execFileSync('cargo', ['build', '--release', '--workspace', '--examples', '--locked', '--quiet'], {
    cwd: native,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const target = resolve(native, process.env['CARGO_TARGET_DIR'] ?? 'target');
  const libraries: Partial<Record<NodeJS.Platform, string>> = {
    win32: 'testing.dll',
    darwin: 'libtesting.dylib',
  };
  return join(target, 'release', 'examples', libraries[process.platform] ?? 'libtesting.so');
}

export function loadTestingAddon(): TestingAddon {
  return createRequire(import.meta.url)(buildTestingAddon()) as TestingAddon;
}
