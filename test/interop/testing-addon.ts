/**
 * The addon `native/addon/examples/testing.rs`, built here: it panics on purpose, and computes the facts of a matrix
 * as a pack's builder does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Path of the library, built now. `SOTTO_TESTING_ADDON` names one that is built. */
export async function buildTestingAddon(): Promise<string> {
  return process.env['SOTTO_TESTING_ADDON'] ?? build();
}

export async function loadTestingAddon(): Promise<TestingAddon> {
  const module = { exports: {} };
  // What `require` does, which would insist on a name that ends in `.node`.
  process.dlopen(module, await buildTestingAddon());
  return module.exports as TestingAddon;
}

async function build(): Promise<string> {
  const native = join(import.meta.dirname, '..', '..', 'native');
  // The whole workspace, so that its crates have the features that they have in every other build.
  const cargo = spawn('cargo', ['build', '--release', '--workspace', '--examples', '--locked', '--quiet'], {
    cwd: native,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(cargo, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the testing addon does not build');
  const target = resolve(native, process.env['CARGO_TARGET_DIR'] ?? 'target');
  const libraries: Partial<Record<NodeJS.Platform, string>> = {
    win32: 'testing.dll',
    darwin: 'libtesting.dylib',
  };
  return join(target, 'release', 'examples', libraries[process.platform] ?? 'libtesting.so');
}
