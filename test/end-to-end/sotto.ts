/**
 * Runs the real command line as scripts do, each test with a profile of its own.
 *
 *   const home = await temporaryHome();
 *   const result = await sotto(['ask', '--json', '--yes', '--ephemeral-keys', 'Hello'], { home });
 *   result.code; result.json.text; result.stderr;
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const root = join(import.meta.dirname, '..', '..');
export const defaultPack = join(root, 'native', 'target', 'packs', 'sotto-14m');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape under test is what a test asserts
  readonly json: any;
}

export interface Invocation {
  /** The profile's folder; without one, a temporary one. */
  readonly home?: string;
  readonly stdin?: string | Buffer;
  /** Standard input stays open after that, as of somebody who has not finished. */
  readonly keepStdinOpen?: boolean;
  readonly env?: Record<string, string>;
  /** Called with the process right after its start, to interrupt or to watch it. */
  readonly started?: (child: ReturnType<typeof spawn>) => void;
}

/** A folder that goes with the test. */
export async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'sotto-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

export async function sotto(args: readonly string[], invocation: Invocation = {}): Promise<Result> {
  if (!existsSync(join(defaultPack, 'client', 'manifest.json'))) {
    throw new Error('the default pack is not built; run: npm run setup');
  }
  const home = invocation.home ?? (await temporaryHome());
  const child = spawn(process.execPath, [join(root, 'main', 'cli', 'sotto.ts'), ...args], {
    cwd: root,
    // Last, so that a session's copy of the environment never brings in the developer's own profile.
    env: { ...process.env, ...invocation.env, SOTTO_HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  invocation.started?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
  child.stdin.on('error', () => undefined);
  if (invocation.keepStdinOpen) child.stdin.write(invocation.stdin ?? '');
  else child.stdin.end(invocation.stdin ?? '');
  const code = await new Promise<number>((resolve) =>
    child.on('close', (exit, signal) => resolve(exit ?? (signal ? 128 : 1))),
  );
  return {
    code,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout);
    },
  };
}
