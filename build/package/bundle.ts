/**
 * The application's JavaScript as it is shipped: one file for each process and worker. Packages that hold native files
 * stay outside; all others are inside, as far as they are used.
 *
 * Usage: node build/package/bundle.ts     writes dist/app, which a checkout runs
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { InputOptions, OutputChunk, OutputOptions } from 'rolldown';
import { entries } from '../../main/installation/installation.ts';
import { root } from '../lint/report.ts';
import { packageOf } from './packages.ts';

/** Loaded by name at run time, from `node_modules` in the package: they find their native files beside themselves. */
export const externals = ['onnxruntime-node', '@napi-rs/keyring'];

const input: InputOptions = {
  cwd: root,
  platform: 'node',
  // Vite is loaded where a checkout has no page yet.
  external: ['electron', 'vite', ...externals, /\.node$/],
  // What the packages' own code warns of is not ours to mend; ours is linted.
  logLevel: 'silent',
};
const output: OutputOptions = {
  entryFileNames: '[name].js',
  // Beside the entries: places are found from where the running file lies.
  chunkFileNames: 'part-[hash].js',
  sourcemap: false,
  // Readable for whoever looks into a package; size is not what JavaScript decides here.
  minify: false,
  comments: { legal: true },
};

/** @returns keys in package-lock.json of the packages that are in the bundle or loaded by it. */
export async function bundleApp(dir: string): Promise<readonly string[]> {
  return bundle({ main: 'main/shell/main.ts', ...entries }, { ...output, dir });
}

/** The same and what is never packaged: the web host, and where each line comes from. */
export async function bundleCheckout(): Promise<readonly string[]> {
  const dir = join(root, 'dist', 'app');
  const [made, gone] = [`${dir}-${process.pid}`, `${dir}-${process.pid}-gone`];
  const files = { main: 'main/shell/main.ts', host: 'main/host/start.ts', ...entries };
  const packages = await bundle(files, {
    ...output,
    dir: made,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  // In one step: another start may be reading it.
  rmSync(gone, { recursive: true, force: true });
  if (existsSync(dir)) renameSync(dir, gone);
  renameSync(made, dir);
  rmSync(gone, { recursive: true, force: true });
  return packages;
}

async function bundle(
  files: Readonly<Record<string, string>>,
  output: OutputOptions & { readonly dir: string },
): Promise<readonly string[]> {
  const { dir } = output;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const processes = await write(files, { ...output, format: 'esm' });
  // A sandboxed preload is CommonJS and can require Electron alone.
  const preload = await write(
    { preload: 'main/shell/preload.ts' },
    { ...output, format: 'cjs', entryFileNames: '[name].cjs' },
  );
  const packages = new Set(
    [...processes, ...preload]
      .flatMap(({ moduleIds }) => moduleIds.map(packageOf))
      .filter((name) => name !== null),
  );
  return [...packages, ...externals.map((name) => `node_modules/${name}`)].sort();
}

async function write(
  files: Readonly<Record<string, string>>,
  options: OutputOptions,
): Promise<OutputChunk[]> {
  const bundle = await rolldown({ ...input, input: { ...files } });
  try {
    const written = await bundle.write(options);
    return written.output.filter((part) => part.type === 'chunk');
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) {
  const packages = await bundleCheckout();
  process.stdout.write(`dist/app is written; it holds parts of ${packages.length} packages\n`);
}
