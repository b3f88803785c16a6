/**
 * Puts the addon that cargo built where Node loads it from: `native/addon/sotto.node`.
 *
 * Usage: node native/addon/build-addon.mjs
 * Run `cargo build --release` in `native/` first. `CARGO_TARGET_DIR` is honoured as cargo honours it.
 */
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What cargo calls the library of the crate `sotto-addon` on each platform. */
const libraries = { win32: 'sotto_addon.dll', darwin: 'libsotto_addon.dylib' };
const library = libraries[process.platform] ?? 'libsotto_addon.so';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.env.CARGO_TARGET_DIR ?? join(here, '..', 'target'));
const from = join(target, 'release', library);
const to = join(here, 'sotto.node');

if (!existsSync(from)) {
  console.error(`${from} is not there. Next: run 'cargo build --release' in native/.`);
  process.exit(1);
}
// A rename leaves a running process its old library; copying over it would crash that process.
const half = `${to}.${process.pid}`;
copyFileSync(from, half);
renameSync(half, to);
console.log(to);
