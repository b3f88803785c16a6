/**
 * Runs every test suite of the repository and prints a closing line for each: `NAME: N passed, N failed`.
 *
 * Usage: node test/run.mjs [--only NAME] [--list]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Where the set-up builds, wherever the user's cargo puts its output.
process.env.CARGO_TARGET_DIR = join(root, 'native', 'target');

/**
 * Suites in the order in which a failure is cheapest to read; each with the folders whose tests it runs. Where `processes`
 * of the product run beside a test, a machine with other work may stop any of them for a second: what fails there is tried
 * once more, and said at the end, whatever comes of it.
 */
const suites = [
  { name: 'rust', folders: ['native'], run: cargo },
  { name: 'fuzz', folders: ['test/fuzz'] },
  { name: 'typescript', folders: ['app', 'main', 'renderer'], processes: true },
  { name: 'rules', folders: ['test/rules'] },
  { name: 'numerics', folders: ['test/numerics'] },
  { name: 'gpt2-attention', folders: ['test/gpt2-attention'] },
  { name: 'detector', folders: ['test/detector'] },
  { name: 'bench', folders: ['test/bench'] },
  { name: 'disk', folders: ['test/disk'] },
  { name: 'keychain', folders: ['test/keychain'], processes: true },
  { name: 'interop', folders: ['test/interop'], processes: true },
  { name: 'contract', folders: ['test/contract'], processes: true },
  { name: 'end-to-end', folders: ['test/end-to-end'], processes: true },
  { name: 'browser', folders: ['test/browser'], run: browser, processes: true },
  { name: 'package', folders: ['test/package'], processes: true },
];

/** Runs a program, passes its output on, and resolves with its exit code and output. */
function execute(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
        process.stdout.write(data);
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('exit', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @returns counts, and the names of the tests that failed. */
async function cargo() {
  const options = { cwd: join(root, 'native') };
  const test = ['test', '--release', '--workspace', '--locked', '--quiet'];
  const { code, output } = await execute('cargo', test, options);
  let [passed, failed, skipped] = [0, 0, 0];
  for (const line of output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    passed += Number(line[1]);
    failed += Number(line[2]);
    skipped += Number(line[3]);
  }
  // Rust has no word for a test that finds what it needs absent: it says so in a line, and counts as passed.
  const without = [...output.matchAll(/skipped: /g)].length;
  const failures = [...output.matchAll(/^---- (.+) stdout ----$/gm)].map(([, name]) => name);
  // A build that broke runs no test, and is a failure all the same.
  if (code !== 0 && failed === 0) {
    failed = 1;
    failures.push('cargo test');
  }
  // The tests' libraries have more in them than the product's, and cargo has built its programs with those.
  const build = await execute('cargo', ['build', '--release', '--workspace', '--locked', '--quiet'], options);
  if (build.code !== 0) {
    failed += 1;
    failures.push('cargo build');
  }
  return { passed: passed - without, failed, skipped: skipped + without, failures };
}

async function vitest({ folders, processes = false }) {
  const scratch = mkdtempSync(join(tmpdir(), 'sotto-test-'));
  const report = join(scratch, 'report.json');
  const args = ['run', ...folders.map((folder) => `${folder}/`), '--reporter=default', '--reporter=json'];
  if (processes) args.push('--retry=1');
  const { code } = await execute('npx', ['vitest', ...args, `--outputFile.json=${report}`]);
  try {
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, failures: ['vitest'] };
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const failures = result.testResults.flatMap(failuresOf);
    const second = result.testResults.flatMap(passedAtSecond);
    if (code !== 0 && failures.length === 0) failures.push('vitest: an error outside the tests');
    return {
      passed: result.numPassedTests,
      failed: failures.length,
      skipped: result.numPendingTests,
      failures,
      second,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The production build of page and processes in a real browser. */
async function browser(suite) {
  for (const build of ['build:app', 'build:renderer']) {
    const { code } = await execute('npm', ['run', '--silent', build]);
    if (code !== 0) return { passed: 0, failed: 1, skipped: 0, failures: [build] };
  }
  return vitest(suite);
}

/** A file's failed tests, with what they said; a file that could not even be loaded has no test to name. */
function failuresOf({ name, status, message, assertionResults }) {
  if (status === 'failed' && assertionResults.length === 0)
    return [`${relative(root, name)}: ${brief(message)}`];
  return assertionResults.filter((test) => test.status === 'failed').map((test) => summary(name, test));
}

/** A file's tests that failed first and passed then. */
function passedAtSecond({ name, assertionResults }) {
  const passed = assertionResults.filter((test) => test.status === 'passed');
  return passed
    .filter(({ failureMessages }) => failureMessages.length > 0)
    .map((test) => summary(name, test));
}

function summary(file, { fullName, failureMessages }) {
  return `${relative(root, file)}: ${fullName}: ${brief(failureMessages[0])}`;
}

/** As much of a message as finds its place: the whole is above, where it happened. */
function brief(message = '') {
  const [first] = message.split('\n    at ');
  return first.replaceAll(/\s+/g, ' ').slice(0, 300);
}

const args = process.argv.slice(2);
if (args.includes('--list')) {
  for (const { name, folders } of suites) console.log(`${name}: ${folders.join(', ')}`);
  process.exit(0);
}
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const chosen = suites.filter((suite) => only === undefined || suite.name === only);
if (chosen.length === 0) {
  console.error(`There is no suite '${only}'. Suites: ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const closing = [];
const failures = [];
const second = [];
for (const suite of chosen) {
  console.log(`\n== ${suite.name}`);
  const began = Date.now();
  const counts = await (suite.run ?? vitest)(suite);
  failures.push(...counts.failures);
  second.push(...(counts.second ?? []));
  const line =
    `${suite.name}: ${counts.passed} passed, ${counts.failed} failed` +
    (counts.skipped > 0 ? `, ${counts.skipped} skipped` : '');
  closing.push(`${line} (${Math.round((Date.now() - began) / 1000)} s)`);
  console.log(line);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`\n${closing.join('\n')}`);
if (failures.length > 0) console.log(`failed:\n  ${failures.join('\n  ')}`);
if (second.length > 0) console.log(`passed only when tried once more:\n  ${second.join('\n  ')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
