/**
 * A desktop's keychain for tests: a D-Bus session bus with a real GNOME Keyring on it, and a home of its own,
 * so that neither the developer's keyring nor their display is ever touched.
 *
 * Usage:
 *     const missing = missingPrograms();                  // [] or what to install: skip with a clear line
 *     const session = await startSession();               // or startSession({ keyring: 'none' | 'no-bus', prompt: 'hangs' })
 *     spawn(program, args, { env: session.env });         // a process in the session
 *     session.enter();                                    // or: this process, and those it starts, from now on
 *     await session.lock();                               // the login keyring, as a screen lock may do
 *     await session.setDefault('session');                // another keyring, unlocked, becomes the default one
 *     await session.restart();                            // daemon killed and started again, unlocked
 *     await session.restart({ unlock: false });           // ... as after an automatic login
 *     await session.stop();                               // leaves, ends all its processes, removes its files
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const password = 'the login password';
const collections = '/org/freedesktop/secrets/collection';
const startLimitMs = 60_000;

export interface SessionOptions {
  /**
   * - `login` (default): a login keyring, unlocked, as after a login with a password.
   * - `none`: the daemon runs and has no keyring to keep anything in.
   * - `no-bus`: no session bus at all, as in a bare SSH session.
   */
  readonly keyring?: 'login' | 'none' | 'no-bus';
  /** An unlock prompt is dismissed at once (there is no display), or stays on the screen. */
  readonly prompt?: 'dismissed' | 'hangs';
}

export interface Session {
  readonly env: NodeJS.ProcessEnv;
  /** Temporary; a place for profiles too. */
  readonly home: string;
  enter(): void;
  lock(): Promise<void>;
  setDefault(keyring: 'login' | 'session'): Promise<void>;
  restart(options?: { unlock?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Which of the needed programs are not installed (Debian: gnome-keyring dbus libglib2.0-bin). */
export function missingPrograms(): string[] {
  return ['dbus-run-session', 'gnome-keyring-daemon', 'gdbus'].filter((program) => {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const { keyring = 'login', prompt = 'dismissed' } = options;
  const home = mkdtempSync(join(tmpdir(), 'sotto-session-'));
  const env = sessionEnvironment(home);
  if (prompt === 'hangs') hangPrompts(env);

  const bus = keyring === 'no-bus' ? undefined : await startBus(env);
  let daemon = keyring === 'login' ? await startDaemon(env, true) : undefined;
  let left: (() => void) | undefined;

  return {
    env,
    home,
    enter() {
      left = enter(env);
    },
    async lock() {
      await callSecretService(env, 'Lock', `['${collections}/login']`);
    },
    async setDefault(name) {
      await callSecretService(env, 'SetAlias', 'default', `${collections}/${name}`);
    },
    async restart({ unlock = true } = {}) {
      await end(daemon);
      daemon = await startDaemon(env, unlock);
    },
    async stop() {
      left?.();
      await end(daemon);
      // The bus ends with its standard input; what D-Bus started on it ends with the bus.
      bus?.stdin?.end();
      await exited(bus);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function sessionEnvironment(home: string): NodeJS.ProcessEnv {
  const runtime = join(home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS']) delete env[name];
  return { ...env, HOME: home, XDG_DATA_HOME: join(home, 'data'), XDG_RUNTIME_DIR: runtime };
}

/** The prompt's program is replaced by one that never shows anything: its caller waits. */
function hangPrompts(env: NodeJS.ProcessEnv): void {
  const services = join(env['XDG_DATA_HOME'] ?? '', 'dbus-1', 'services');
  mkdirSync(services, { recursive: true });
  const name = 'org.gnome.keyring.SystemPrompter';
  writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=/bin/sleep 600\n`);
}

/** Puts the address of the new bus into `env`. */
async function startBus(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const missing = missingPrograms();
  if (missing.length > 0)
    throw new Error(`There is no ${missing.join(', no ')} to test with. Run: npm run setup -- --test`);
  const command = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat';
  const bus = spawn('dbus-run-session', ['--', 'sh', '-c', command], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  env['DBUS_SESSION_BUS_ADDRESS'] = await new Promise<string>((resolve, reject) => {
    createInterface({ input: bus.stdout }).once('line', resolve);
    bus.once('exit', () => reject(new Error('dbus-run-session ended at once')));
  });
  return bus;
}

async function startDaemon(env: NodeJS.ProcessEnv, unlock: boolean): Promise<ChildProcess> {
  const args = ['--foreground', '--components=secrets', ...(unlock ? ['--unlock'] : ['--start'])];
  const daemon = spawn('gnome-keyring-daemon', args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  daemon.stdin.end(unlock ? password : '');
  const deadline = Date.now() + startLimitMs;
  while (!(await owned(env, 'org.freedesktop.secrets'))) {
    if (daemon.exitCode !== null || Date.now() > deadline)
      throw new Error('gnome-keyring-daemon did not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return daemon;
}

async function owned(env: NodeJS.ProcessEnv, name: string): Promise<boolean> {
  const bus = ['--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'];
  return (await gdbus(env, ...bus, '--method', 'org.freedesktop.DBus.NameHasOwner', name)).includes('true');
}

async function callSecretService(env: NodeJS.ProcessEnv, method: string, ...args: string[]): Promise<void> {
  const service = ['--dest', 'org.freedesktop.secrets', '--object-path', '/org/freedesktop/secrets'];
  await gdbus(env, ...service, '--method', `org.freedesktop.Secret.Service.${method}`, ...args);
}

async function gdbus(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  return (await execute('gdbus', ['call', '--session', ...args], { env })).stdout;
}

/** Sets this process's environment; the returned function puts it back. */
function enter(env: NodeJS.ProcessEnv): () => void {
  const before = { ...process.env };
  const set = (to: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(process.env)) if (to[name] === undefined) delete process.env[name];
    Object.assign(process.env, to);
  };
  set(env);
  return () => set(before);
}

async function end(child: ChildProcess | undefined): Promise<void> {
  child?.kill('SIGKILL');
  await exited(child);
}

async function exited(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}
