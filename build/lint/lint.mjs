/**
 * Runs every linter of the repository and prints a closing line for each.
 *
 * Usage: node build/lint/lint.mjs [--only NAME]... [--help]
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const binaries = join(root, 'node_modules', '.bin');
const folders = ['app', 'main', 'renderer', 'build', 'test'].filter((folder) =>
  existsSync(join(root, folder)),
);
const cargo = ['--manifest-path', join('native', 'Cargo.toml')];

/** What is looked at, in the order in which a failure is cheapest to read: a name, a program, its arguments. */
const linters = [
  ['prettier', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['eslint', 'eslint', '--max-warnings', '0', '.'],
  ['types', 'tsc', '--noEmit', '-p', '.'],
  // Tests reach into the page of a browser.
  ['test-types', 'tsc', '--noEmit', '-p', 'test'],
  [
    'svelte',
    'svelte-check',
    '--workspace',
    'renderer',
    '--tsconfig',
    './tsconfig.json',
    '--fail-on-warnings',
  ],
  ['imports', 'depcruise', '--config', '.dependency-cruiser.mjs', ...folders],
  ['text', 'node', 'build/lint/text.ts'],
  ['licences', 'node', 'build/lint/licences.ts'],
  ['crates', 'node', 'build/lint/crates.ts'],
  ['rustfmt', 'cargo', 'fmt', ...cargo, '--all', '--check'],
  [
    'clippy',
    'cargo',
    'clippy',
    ...cargo,
    '--release',
    '--workspace',
    '--all-targets',
    '--locked',
    '--',
    '-D',
    'warnings',
  ],
  // A workspace of its own with flags of its own, which cargo finds from its folder.
  ['fuzz-rustfmt', 'cargo', 'fmt', '--check'],
  ['fuzz-clippy', 'cargo', 'clippy', '--all-targets', '--locked', '--', '-D', 'warnings'],
];
const names = linters.map(([name]) => name).join(', ');
const help = `Usage: node build/lint/lint.mjs [--only NAME]...\n  --only NAME   one linter; may be repeated: ${names}`;

const only = [];
for (let at = 2; at < process.argv.length; at += 1) {
  const option = process.argv[at];
  if (option === '--help') {
    console.log(help);
    process.exit(0);
  }
  const name = option === '--only' ? process.argv[(at += 1)] : undefined;
  if (!linters.some(([known]) => known === name)) {
    console.error(`${option} ${name ?? ''}: not an option or linter\n${help}`);
    process.exit(2);
  }
  only.push(name);
}
if (!existsSync(binaries)) {
  console.error('The linters are not installed. Run: npm run setup');
  process.exit(1);
}

const closing = [];
let failed = 0;
for (const [name, program, ...args] of linters) {
  if (only.length > 0 && !only.includes(name)) continue;
  const began = performance.now();
  const { status } = spawnSync(program, args, {
    cwd: name.startsWith('fuzz-') ? join(root, 'native', 'fuzz') : root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` },
  });
  if (status !== 0) failed += 1;
  const line = `${name}: ${status === 0 ? 'clean' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(1)} s)`;
  closing.push(line);
  console.log(line);
}
if (closing.length > 1) console.log(`\n${closing.join('\n')}`);
console.log(`${closing.length - failed} clean, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
