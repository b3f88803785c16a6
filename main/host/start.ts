/** What `launch.mjs` starts: the application of a checkout, in Electron or for a browser. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../../app/failure/failure.ts';
import { installation } from '../installation/installation.ts';
import { profileHome } from '../services/profile.ts';
import { buildPageIfMissing } from './build-page.ts';
import { findElectron } from './find-electron.ts';
import { openBrowser } from './open-browser.ts';
import { refuseInPackage } from './refuse-in-package.ts';
import { openTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const root = join(import.meta.dirname, '..', '..');

const help = `Usage: npm start | npm run web -- [options]

Opens Sotto in Electron where its program is installed, else in a browser on this machine.

  --web               the browser, also where Electron is there
  --port N            the web host's port; any free one without it
  --profile-dir DIR   where keys' state, history and packs are kept (also: SOTTO_HOME)
  --pack-folder DIR   the folder that "Install from folder" takes in a browser
  --open              opens the browser by itself, also where no display was found
  --no-open           opens nothing
  --json              one JSON line for each event on standard output
  --help              this text
`;

const args = readArgs();
const terminal = openTerminal(args?.json ?? false);
if (args?.help) process.stdout.write(help);
else if (args) {
  try {
    await start(args, terminal);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.say(error.message);
    if (error.next !== undefined) terminal.say(error.next);
    process.exitCode = error.code === 'usage' ? 2 : 3;
  }
}

type Args = NonNullable<ReturnType<typeof readArgs>>;

/** Nothing, after a sentence about it, when they are wrong. */
function readArgs() {
  try {
    const { values } = parseArgs({
      options: {
        web: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        'profile-dir': { type: 'string' },
        'pack-folder': { type: 'string' },
        open: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d{1,5}$/.test(values.port) || port > 65_535)
      throw new Error('--port takes a number up to 65535.');
    return { ...values, port };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The options are wrong.'}\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function start(args: Args, terminal: Terminal): Promise<void> {
  const home = args['profile-dir'] === undefined ? profileHome() : resolve(args['profile-dir']);
  const electron = args.web ? undefined : findElectron();
  if (electron) {
    await buildPageIfMissing(root, installation.renderer, terminal);
    return runElectron(electron, home);
  }
  if (!args.web) terminal.say("Electron's program is not installed here, so Sotto opens in a browser.");
  refuseInPackage();
  await buildPageIfMissing(root, installation.renderer, terminal);
  const { serve } = await import('./serve.ts');
  const address = await serve({ home, port: args.port, packFolder: args['pack-folder'] }, terminal);
  if (args.json) return;
  terminal.say(`Sotto is at ${address}`);
  if (!args['no-open'] && (args.open || hasDisplay())) openBrowser(address, terminal);
}

/** Electron runs the bundle that this is a part of, and is the application from here on; this process ends as it does. */
function runElectron(program: string, home: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, [root], { stdio: 'inherit', env: { ...process.env, SOTTO_HOME: home } });
    child.once('error', () => {
      process.exitCode = 1;
      resolve();
    });
    child.once('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}
