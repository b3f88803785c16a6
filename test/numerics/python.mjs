/**
 * Finds or makes a Python with torch and transformers, which some tests compare with. Plain JavaScript for Node 20:
 * the set-up runs it too. `node test/numerics/python.mjs` prints the interpreter's path.
 *
 * In this order: the interpreter that SOTTO_PYTHON names; the one made before in native/target/python; on Debian, as
 * root, a virtual environment over the system's python3-torch (about 1 GB with what it needs); else a virtual
 * environment with torch from PyPI (5.6 GB on Linux, because it brings CUDA).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'native', 'target', 'python');
const interpreter =
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** The last versions of transformers that work with the torch of Debian 12 (1.13), and with today's. */
const forDebian = ['transformers==4.46.3'];
const fromPypi = ['torch==2.15.0', 'transformers==5.23.0'];

/** What an interpreter must be able to do; it prints what it has. */
const check =
  'import torch, transformers; print(f"torch=={torch.__version__} transformers=={transformers.__version__}")';

/**
 * @param {(line: string) => void} [log] is told what is going on, as it may take minutes
 * @returns {Promise<string>} the path of an interpreter
 */
export async function preparePython(log = () => {}) {
  const given = process.env.SOTTO_PYTHON;
  if (given) {
    const { problem } = await look(given);
    if (problem) throw new Error(`SOTTO_PYTHON is ${given}, which has no torch and transformers: ${problem}`);
    return given;
  }
  if (await hasPinned()) return interpreter;
  const debian = await debianPython(log);
  if (debian) {
    log('Python: transformers over Debian’s torch');
    await makeEnvironment(debian, ['--system-site-packages'], forDebian);
  } else {
    log('Python: torch and transformers from PyPI (some minutes, 5.6 GB on Linux)');
    await makeEnvironment(process.platform === 'win32' ? 'python' : 'python3', [], fromPypi);
  }
  const { problem } = await look(interpreter);
  if (problem)
    throw new Error(`torch and transformers were installed in ${folder}, and do not work: ${problem}`);
  return interpreter;
}

/** Whether the environment made before works, and has the versions that it would be made with now. */
async function hasPinned() {
  const { has } = await look(interpreter);
  return [forDebian, fromPypi].some((wanted) => wanted.every((one) => has.includes(one)));
}

/** Of what an interpreter must have the versions that it has, or why it does not do. */
async function look(python) {
  try {
    const { stdout } = await execute(python, ['-c', check]);
    // Torch says what it was built for behind its version.
    return { has: stdout.trim().replace(/\+\w+/g, '').split(' '), problem: undefined };
  } catch (error) {
    return { has: [], problem: lastLine(error) };
  }
}

/** The system's interpreter with Debian's torch, after installing that where it is possible. */
async function debianPython(log) {
  const python = '/usr/bin/python3';
  const hasTorch = () =>
    execute(python, ['-c', 'import torch, venv, ensurepip']).then(
      () => true,
      () => false,
    );
  if (process.platform !== 'linux' || !existsSync(python)) return undefined;
  if (await hasTorch()) return python;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  log('Python: installing python3-torch (some minutes, 1 GB)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'python3-torch', 'python3-venv'];
  try {
    await execute('apt-get', ['update', '-qq'], { env });
    await execute('apt-get', install, { env, maxBuffer: 1 << 26 });
  } catch (error) {
    log(`Python: apt-get did not install python3-torch (${lastLine(error)})`);
    return undefined;
  }
  return (await hasTorch()) ? python : undefined;
}

/** A fresh environment: one that was left half-made is removed first. */
async function makeEnvironment(python, options, packages) {
  await rm(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  try {
    await execute(python, ['-m', 'venv', ...options, folder]);
    await execute(interpreter, pip, { maxBuffer: 1 << 26 });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`Python with ${packages.join(' and ')} could not be set up: ${lastLine(error)}`, {
      cause: error,
    });
  }
}

/** What a failed program said last. */
function lastLine(error) {
  const text = `${error?.stderr ?? ''}`.trim() || `${error?.message ?? error}`.trim();
  return text.slice(text.lastIndexOf('\n') + 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  preparePython((line) => console.error(line)).then(
    (path) => console.log(path),
    (error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
