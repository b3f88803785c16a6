/**
 * Makes a fresh clone ready: `node build/setup/setup.mjs [--test] [--help]`.
 *
 * Needs git, Node 20 or newer with npm, and a current Rust toolchain. Everything else is installed here:
 * npm packages, the native build, the default model pack and, with --test, the Debian packages and the
 * Python that tests use. Safe to repeat; a step whose inputs did not change is skipped.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { broughtNode } from './brought-node.mjs';
import { run, runSteps, StepFailure } from './steps.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const target = join(root, 'native', 'target');
// Wherever the user's cargo puts its output: the addon, the tests and the packages look for programs here.
process.env.CARGO_TARGET_DIR = target;

/**
 * Debian packages that the tests need: a real keychain, the age command line tool, a browser, a torch to compare with,
 * valgrind to follow secrets through machine code, a C++ compiler for the fuzzer.
 */
const testPackages = [
  'gnome-keyring',
  'dbus',
  'libsecret-tools',
  'libglib2.0-bin',
  'age',
  'g++',
  'chromium',
  'fonts-noto-core',
  'python3-torch',
  'python3-venv',
  'valgrind',
];
/** An emulator of x64 processors with fewer instructions. */
const testPackagesX64 = ['qemu-user'];

const help = `Usage: node build/setup/setup.mjs [--test]
  --test   also install what the tests need (Debian packages by apt, a Python with torch)`;

const options = new Set(process.argv.slice(2));
if (options.has('--help')) {
  console.log(help);
  process.exit(0);
}
const unknown = [...options].filter((option) => option !== '--test');
if (unknown.length > 0) {
  console.error(`Unknown option ${unknown.join(', ')}\n${help}`);
  process.exit(2);
}
const forTests = options.has('--test');

/** The toolchains that cannot be installed from here. */
async function checkToolchains() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    throw new StepFailure(`Node ${process.versions.node} is too old.`, 'Install Node 20 or newer.');
  const wanted =
    /rust-version = "([\d.]+)"/.exec(readFileSync(join(root, 'native/Cargo.toml'), 'utf8'))?.[1] ?? '';
  let found;
  try {
    found = (await run('rustc', ['--version'], { quiet: true })).split(' ')[1] ?? '';
  } catch {
    throw new StepFailure('There is no Rust compiler here.', 'Install Rust with rustup (https://rustup.rs).');
  }
  const number = (version) =>
    version.split('.').reduce((sum, part) => sum * 1000 + Number.parseInt(part, 10), 0);
  if (number(`${found}`) < number(`${wanted}.0`)) {
    throw new StepFailure(`Rust ${found} is older than ${wanted}.`, 'Run: rustup update stable');
  }
  return `Node ${process.versions.node}, Rust ${found}`;
}

async function installSystemPackages() {
  if (process.platform !== 'linux') return 'not Linux: the keychain tests will say that they are skipped';
  const wanted = process.arch === 'x64' ? [...testPackages, ...testPackagesX64] : testPackages;
  const present = installed(wanted);
  const missing = wanted.filter((name) => !present.has(name));
  if (missing.length === 0) return 'already installed';
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new StepFailure(
      `Missing Debian packages: ${missing.join(', ')}.`,
      `Run: sudo apt-get update && sudo ${line}`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // After an installation that was cut off, apt refuses every other one.
  await run('dpkg', ['--configure', '-a'], { env, quiet: true });
  await run('apt-get', ['update', '-qq'], { env, quiet: true });
  await run('apt-get', line.split(' ').slice(1), { env, quiet: true });
  return `installed ${missing.join(', ')}`;
}

/** Of these Debian packages, those that are unpacked and set up: not those that were removed or are half installed. */
function installed(names) {
  const format = '${Package} ${db:Status-Status}\n';
  const { stdout } = spawnSync('dpkg-query', ['-W', `-f=${format}`, ...names], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n').map((line) => line.split(' '));
  return new Set(lines.filter(([, status]) => status === 'installed').map(([name]) => name));
}

/** SHA-256 over files, each with its path, for a stamp. */
function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * Runs `make` unless the folder `product` was made from the same inputs. The stamp that says so lies in that folder: who
 * makes it anew or removes it takes the stamp away.
 */
async function unlessDone(product, inputs, make) {
  const stamp = join(product, '.inputs');
  const now = digest(inputs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return 'already done';
  rmSync(stamp, { force: true });
  await make();
  writeFileSync(stamp, now);
  return 'done';
}

/** Sotto's sources run on Node 24; npm brings one for Linux and Windows. */
async function installNpmPackages() {
  const note = await installLockedPackages();
  if (!existsSync(broughtNode) && Number(process.versions.node.split('.')[0]) < 24) {
    throw new StepFailure(
      'There is no Node 24 for this platform among the npm packages.',
      'Install Node 24.',
    );
  }
  return note;
}

function installLockedPackages() {
  const inputs = ['package.json', 'package-lock.json', '.npmrc'].map((name) => join(root, name));
  // No package needs its install scripts, and some would fetch programs: npm before 11 knows no `allowScripts`.
  return unlessDone(join(root, 'node_modules'), inputs, () =>
    run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: root,
      next: 'Check the network, then run the same command again.',
    }),
  );
}

async function buildNative() {
  await run('cargo', ['build', '--release', '--workspace', '--locked'], { cwd: join(root, 'native') });
  await run(process.execPath, [join(root, 'native/addon/build-addon.mjs')], { cwd: root, quiet: true });
}

function buildDefaultPack() {
  const from = join(root, 'build/model/sotto-14m');
  const out = join(target, 'packs/sotto-14m');
  const builder = join(target, 'release', process.platform === 'win32' ? 'sotto-pack.exe' : 'sotto-pack');
  const inputs = [
    builder,
    ...readdirSync(from)
      .sort()
      .map((name) => join(from, name)),
  ];
  return unlessDone(out, inputs, () =>
    run(builder, ['build', '--from', from, '--out', out, '--force'], { quiet: true }),
  );
}

/** The window's page, as the web host and the package serve it. */
function buildPage() {
  const inputs = [
    ...filesUnder(join(root, 'renderer')),
    ...filesUnder(join(root, 'app')),
    join(root, 'package-lock.json'),
  ];
  return unlessDone(join(root, 'dist', 'renderer'), inputs, () =>
    run('npm', ['run', '--silent', 'build:renderer'], { cwd: root, quiet: true }),
  );
}

/** The application's processes in one file each, as a checkout runs them. */
function buildApp() {
  const inputs = [
    ...filesUnder(join(root, 'app')),
    ...filesUnder(join(root, 'main')),
    join(root, 'build', 'package', 'bundle.ts'),
    join(root, 'package.json'),
    join(root, 'package-lock.json'),
  ];
  return unlessDone(join(root, 'dist', 'app'), inputs, () =>
    run('npm', ['run', '--silent', 'build:app'], { cwd: root, quiet: true }),
  );
}

/** `path` is what Node before 20.12 calls `parentPath`. */
function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

async function preparePythonForTests() {
  const { preparePython } = await import('../../test/numerics/python.mjs');
  await preparePython((line) => console.log(`  ${line}`));
}

const steps = [
  { name: 'toolchains', run: checkToolchains },
  ...(forTests ? [{ name: 'Debian packages for the tests', run: installSystemPackages }] : []),
  { name: 'npm packages', run: installNpmPackages },
  { name: 'native build (the first one takes some minutes)', run: buildNative },
  { name: 'default model pack', run: buildDefaultPack },
  { name: 'page of the window', run: buildPage },
  { name: 'bundle of the processes', run: buildApp },
  ...(forTests ? [{ name: 'Python with torch for the tests', run: preparePythonForTests }] : []),
];

await runSteps(forTests ? 'Setting up Sotto for its tests' : 'Setting up Sotto', steps);
