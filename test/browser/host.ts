/**
 * The web host and the browser as processes, without a test around them: for the tests' `openApp` and for benchmarks.
 *
 *     const host = await startHost({ env, home });
 *     host.pageAddress();        // what a person would open
 *     await host.stop();         // as Ctrl-C
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..');
const hostEntry = join(root, 'main', 'host', 'launch.mjs');

/** @throws Error with what to do, where there is no browser. */
export function browserBinary(): string {
  const found = [process.env['SOTTO_TEST_BROWSER'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found === undefined) throw new Error('There is no Chromium to test with. Run: npm run setup -- --test');
  return found;
}

export const browserArguments = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-dev-shm-usage',
];

export interface Host {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** What it printed so far, confirmation codes among it. */
  readonly output: () => string;
  /** With the token of this run. */
  pageAddress(path?: string): string;
  stop(): Promise<void>;
  /** As a crash would end it. */
  kill(): Promise<void>;
}

export interface HostOptions {
  /** Of the desktop session whose keychain it uses. */
  readonly env: NodeJS.ProcessEnv;
  /** The profile's home. */
  readonly home: string;
  readonly arguments?: readonly string[];
}

export async function startHost(options: HostOptions): Promise<Host> {
  checkBuilds();
  const child = spawn(process.execPath, [hostEntry, '--web', '--json', ...(options.arguments ?? [])], {
    cwd: root,
    env: { ...options.env, SOTTO_HOME: options.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (data: Buffer) => (output += data.toString());
  child.stderr.on('data', keep);
  child.stdout.on('data', keep);
  const first = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the web host ended with ${code}:\n${output}`)));
  });
  const { address, token } = JSON.parse(first) as { address: string; token: string };
  const { origin } = new URL(address);
  return {
    child,
    origin,
    output: () => output,
    pageAddress: (path = '') => `${origin}/${path}#token=${token}`,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

/** What is run, what it is made of, and how it is made. */
const builds = [
  {
    product: 'dist/app/host.js',
    folders: ['app', 'main'],
    files: /(?<!\.(?:test|fixture))\.ts$/,
    script: 'build:app',
  },
  {
    product: 'dist/renderer/index.html',
    folders: ['app', 'renderer'],
    files: /(?<!\.(?:test|fixture)\.ts)$/,
    script: 'build:renderer',
  },
];
let checked = false;

/** A build that is older than its sources is not what is meant to be tested. Looked at once in a process. */
function checkBuilds(): void {
  if (checked) return;
  for (const { product, folders, files, script } of builds) {
    // What is missing is made when the host starts.
    const built = statSync(join(root, product), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    const newer = folders
      .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
      .filter((entry) => entry.isFile() && files.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .find((path) => statSync(path).mtimeMs > built);
    if (newer !== undefined) throw new Error(`${product} is older than ${newer}. Run: npm run ${script}`);
  }
  checked = true;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}
