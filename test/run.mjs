/**
 * Runs every test suite of the repository and prints a closing line for each: `NAME: N passed, N failed`.
 *
 * Usage: node test/run.mjs [--only NAME] [--list]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Suites in the order in which a failure is cheapest to read. */
const suites = [
  { name: 'rust', run: cargo },
  { name: 'fuzz', run: () => vitest(['test/fuzz']) },
  { name: 'typescript', run: () => vitest(['app', 'main', 'renderer']) },
  { name: 'rules', run: () => vitest(['test/rules']) },
  { name: 'numerics', run: () => vitest(['test/numerics']) },
  { name: 'gpt2-attention', run: () => vitest(['test/gpt2-attention']) },
  { name: 'detector', run: () => vitest(['test/detector']) },
  { name: 'bench', run: () => vitest(['test/bench']) },
  { name: 'keychain', run: () => vitest(['test/keychain']) },
  { name: 'interop', run: () => vitest(['test/interop']) },
  { name: 'contract', run: () => vitest(['test/contract']) },
  { name: 'end-to-end', run: () => vitest(['test/end-to-end']) },
  { name: 'browser', run: browser },
  { name: 'package', run: () => vitest(['test/package']) },
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

async function cargo() {
  const { code, output } = await execute(
    'cargo',
    ['test', '--release', '--workspace', '--locked', '--quiet'],
    {
      cwd: join(root, 'native'),
    },
  );
  let [passed, failed, skipped] = [0, 0, 0];
  for (const line of output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    passed += Number(line[1]);
    failed += Number(line[2]);
    skipped += Number(line[3]);
  }
  // A build that broke runs no test, and is a failure all the same.
  if (code !== 0 && failed === 0) failed = 1;
  return { passed, failed, skipped };
}

async function vitest(folders) {
  const scratch = mkdtempSync(join(tmpdir(), 'sotto-test-'));
  const report = join(scratch, 'report.json');
  const args = ['run', ...folders.map((folder) => `${folder}/`), '--reporter=default', '--reporter=json'];
  const { code } = await execute('npx', ['vitest', ...args, `--outputFile.json=${report}`]);
  try {
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const failed = result.numFailedTests + result.testResults.filter(brokenFile).length;
    return {
      passed: result.numPassedTests,
      failed: code !== 0 && failed === 0 ? 1 : failed,
      skipped: result.numPendingTests,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The production build of page and processes in a real browser. */
async function browser() {
  for (const build of ['build:app', 'build:renderer']) {
    const { code } = await execute('npm', ['run', '--silent', build]);
    if (code !== 0) return { passed: 0, failed: 1, skipped: 0 };
  }
  return vitest(['test/browser']);
}

/** A test file that could not even be loaded has no test to count. */
function brokenFile(file) {
  return file.status === 'failed' && file.assertionResults.length === 0;
}

const args = process.argv.slice(2);
if (args.includes('--list')) {
  for (const suite of suites) console.log(suite.name);
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
for (const suite of chosen) {
  console.log(`\n== ${suite.name}`);
  const began = Date.now();
  const counts = await suite.run();
  const line =
    `${suite.name}: ${counts.passed} passed, ${counts.failed} failed` +
    (counts.skipped > 0 ? `, ${counts.skipped} skipped` : '');
  closing.push(`${line} (${Math.round((Date.now() - began) / 1000)} s)`);
  console.log(line);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`\n${closing.join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
