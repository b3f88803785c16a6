/**
 * Checks of the engine that need more than a stable toolchain for this machine, or more minutes than `npm test` has.
 *
 * Usage: node build/native/check.mjs [--only NAME]... [--list]
 *
 *   neon      its tests on aarch64, in an emulator
 *   avx512    those of its kernels, the vectors and a product on a processor with AVX-512, in an emulator (bochs.mjs)
 *   address   its tests with AddressSanitizer: no read or write outside of what was allocated
 *   miri      the test of its buffers, in an interpreter that knows what is undefined
 *
 * A check whose tools are missing says how to get them, and fails. The last two first run a test that reads past the end
 * of a buffer, which they must report; `avx512` first one that must fail, since it allows AVX2 at most and asks for the
 * best level.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as bochs from './bochs.mjs';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'native');
/** Those tests of the engine that compare words: its own, its products, the vectors. */
const words = ['--lib', '--test', 'products', '--test', 'prepared', '--test', 'vectors'];
const planted = ['--lib', 'planted_read_past_the_end', '--', '--ignored'];
const bestLevel = ['lattice', 'the_best_level_is_chosen', '--ignored'];

/**
 * Each check: its tools (a command that fails or prints a path that does not exist where they are missing, and how to get
 * them), cargo's arguments before those that choose tests, environment, the tests, and what is said of the planted error.
 * Or, where an emulated computer runs them, its tests as a program and its arguments, and one that must fail.
 */
const checks = {
  neon: {
    tools: [
      [
        ['rustc', '--print', 'target-libdir', '--target', 'aarch64-unknown-linux-gnu'],
        'rustup target add aarch64-unknown-linux-gnu',
      ],
      [['aarch64-linux-gnu-gcc', '--version'], 'apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross'],
      [['qemu-aarch64', '--version'], 'apt install qemu-user'],
    ],
    cargo: ['test', '--release', '--locked', '-p', 'lattice', '--target', 'aarch64-unknown-linux-gnu'],
    env: {
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER: 'aarch64-linux-gnu-gcc',
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER: 'qemu-aarch64 -L /usr/aarch64-linux-gnu',
    },
    tests: [words],
  },
  avx512: {
    tools: [
      ...bochs.tools,
      [['rustc', '--print', 'target-libdir', '--target', 'x86_64-unknown-linux-gnu'], 'Linux on x86-64'],
    ],
    cargo: [
      ...['test', '--release', '--locked', '-p', 'lattice', ...words],
      ...['--target', 'x86_64-unknown-linux-gnu', '--target-dir', 'target/static'],
    ],
    env: { RUSTFLAGS: '-C target-feature=+crt-static -C strip=symbols' },
    emulated: {
      failing: { test: bestLevel, env: { SOTTO_SIMD: 'avx2' } },
      // Some hundred times slower than on a processor: those that take few milliseconds there.
      tests: [
        bestLevel,
        ['lattice', 'self_test::', 'kernel::', 'ntt::', 'keystream::', 'poly::', 'automorphism::'],
        ['vectors'],
        ['products', 'verification'],
      ],
      files: [join(native, 'lattice', 'vectors')],
      seconds: 2400,
    },
  },
  address: {
    tools: [
      [['rustc', '--print', 'target-libdir', '--target', 'x86_64-unknown-linux-gnu'], 'Linux on x86-64'],
    ],
    cargo: [
      ...['test', '--release', '--locked', '-p', 'lattice'],
      ...['--target', 'x86_64-unknown-linux-gnu', '--target-dir', 'target/address'],
    ],
    // The sanitizer is part of the stable toolchain, its option is not.
    env: { RUSTC_BOOTSTRAP: '1', RUSTFLAGS: '-Zsanitizer=address' },
    tests: [words],
    // Behind the buffer, or in what was freed behind it.
    planted: 'AddressSanitizer: heap-',
  },
  miri: {
    tools: [
      [
        ['cargo', '+nightly', 'miri', '--version'],
        'rustup toolchain install nightly --component miri,rust-src',
      ],
    ],
    cargo: ['+nightly', 'miri', 'test', '--locked', '-p', 'lattice'],
    env: { MIRIFLAGS: '-Zmiri-disable-isolation', SOTTO_SIMD: 'portable' },
    tests: [['--lib', 'buffer::']],
    planted: 'Undefined Behavior: memory access failed',
  },
};

/** What is missing, a line for each tool. */
function missing(tools) {
  return tools.flatMap(([[command, ...args], remedy]) => {
    const { status, stdout } = spawnSync(command, args, { cwd: native, encoding: 'utf8' });
    const isThere = status === 0 && (!args.includes('target-libdir') || existsSync(stdout.trim()));
    return isThere ? [] : [`missing: ${[command, ...args].join(' ')} (${remedy})`];
  });
}

/** What tests in an emulated computer have against the engine. */
function runEmulated({ failing, tests, files, seconds }, cargo, options) {
  const build = [...cargo, '--no-run', '--message-format=json'];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const { status, stdout } = spawnSync('cargo', build, {
    ...options,
    stdio,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) return [`failed: cargo ${build.join(' ')}`];
  const messages = stdout.split('\n').filter((line) => line.startsWith('{'));
  const built = messages.map((line) => JSON.parse(line)).filter(({ executable }) => executable);
  const programs = new Map(built.map(({ target, executable }) => [target.name, executable]));
  const command = ([name, ...args], env) => ({ program: programs.get(name), args, env });
  const commands = [command(failing.test, failing.env), ...tests.map((test) => command(test))];
  const { console, statuses } = bochs.emulate(commands, files, seconds);
  const findings = statuses.flatMap((status, i) => {
    if (status === undefined) return [`did not come to an end: ${commands[i].args.join(' ')}`];
    if ((status !== 0) === (i === 0)) return [];
    return [i === 0 ? 'a lower level than the best was not reported' : `failed: ${tests[i - 1].join(' ')}`];
  });
  return findings.length > 0 ? [`the console:\n${console}`, ...findings] : [];
}

/** What a check has against the engine; nothing where all is well. */
function run({ tools, cargo, env, tests, planted: report, emulated }) {
  const findings = missing(tools);
  if (findings.length > 0) return findings;
  const options = { cwd: native, env: { ...process.env, ...env } };
  if (emulated !== undefined) return runEmulated(emulated, cargo, options);
  if (report !== undefined) {
    const { stdout, stderr } = spawnSync('cargo', [...cargo, ...planted], { ...options, encoding: 'utf8' });
    if (!`${stdout}${stderr}`.includes(report))
      return [`the planted error was not reported:\n${stdout}${stderr}`];
  }
  const failed = tests.filter(
    (chosen) => spawnSync('cargo', [...cargo, ...chosen], { ...options, stdio: 'inherit' }).status !== 0,
  );
  return failed.map((chosen) => `failed: cargo ${[...cargo, ...chosen].join(' ')}`);
}

const names = Object.keys(checks);
const { only, list } = read();
if (list) {
  console.log(names.join('\n'));
  process.exit(0);
}

/** The options; ends the program where they are others. */
function read() {
  const options = { only: { type: 'string', multiple: true, default: names }, list: { type: 'boolean' } };
  try {
    const { values } = parseArgs({ options });
    if (values.only.every((name) => names.includes(name))) return values;
  } catch {
    // An option that there is not: the usage says which there are.
  }
  console.error(`Usage: node build/native/check.mjs [--only NAME]... [--list]\n  NAME: ${names.join(', ')}`);
  process.exit(2);
}

const closing = [];
for (const name of only) {
  const began = Date.now();
  let findings;
  try {
    findings = run(checks[name]);
  } catch (error) {
    findings = [error.message];
  }
  for (const finding of findings) console.error(`${name}: ${finding}`);
  if (findings.length > 0) process.exitCode = 1;
  closing.push(
    `${name}: ${findings.length > 0 ? 'FAILED' : 'passed'} (${Math.round((Date.now() - began) / 1000)} s)`,
  );
}
console.log(`\n${closing.join('\n')}`);
