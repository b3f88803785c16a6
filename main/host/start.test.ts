import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { findElectron } from './find-electron.ts';

const entry = join(import.meta.dirname, 'start.ts');
const scratch = mkdtempSync(join(tmpdir(), 'sotto-start-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const run = (...args: string[]) => spawnSync(process.execPath, [entry, ...args], { encoding: 'utf8' });

describe('the command', () => {
  it('explains itself', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of ['--web', '--port', '--profile-dir', '--pack-folder', '--open', '--json']) {
      expect(stdout).toContain(option);
    }
  });

  it.each([[['--nonsense']], [['--port', 'x']], [['--port', '65536']], [['--port', '-1']], [['extra']]])(
    'refuses %j with a sentence and the usage',
    (args) => {
      const { status, stderr } = run(...args);
      expect(status).toBe(2);
      expect(stderr).toContain('Usage:');
      expect(stderr).not.toContain('    at ');
    },
  );

  it('prints one line for programs, and ends cleanly with a signal', async () => {
    const child = spawn(process.execPath, [entry, '--web', '--json', '--profile-dir', join(scratch, 'p')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      createInterface({ input: child.stdout }).once('line', resolve),
    );
    const said = JSON.parse(line) as { event: string; address: string; token: string };
    expect(said.event).toBe('listening');
    expect(said.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    expect(said.address.endsWith(said.token)).toBe(true);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('the launcher', () => {
  const launch = join(import.meta.dirname, 'launch.mjs');

  it('passes on what it is told, and the exit code', () => {
    const { status, stderr } = spawnSync(process.execPath, [launch, '--nonsense'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain("Unknown option '--nonsense'");
  });

  it('runs a bundle whose errors name places in the sources', () => {
    const inside = join(import.meta.dirname, '..', '..', 'dist', 'app', 'services-process.js');
    const { status, stderr } = spawnSync(process.execPath, ['--enable-source-maps', inside], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/main\/process\/parent-pipe\.ts:\d+/);
  });
});

describe("Electron's program", () => {
  it('is looked for without starting anything', () => {
    expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: join(scratch, 'nothing') })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('is found where the environment says', () => {
    const dist = join(scratch, 'dist');
    mkdirSync(dist);
    writeFileSync(join(dist, 'electron'), '');
    expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: dist })).toBe(join(dist, 'electron'));
  });
});

describe('a package', () => {
  it('has no web host', () => {
    const child = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', `process.resourcesPath = '/opt/sotto'; await import('${entry}');`, '--', '--web'], // prettier-ignore
      { encoding: 'utf8' },
    );
    expect(child.status).toBe(3);
    expect(child.stderr).toContain('does not run in a package');
  });

  it('has none inside app.asar either', () => {
    const inside = join(scratch, 'resources', 'app.asar');
    const root = join(import.meta.dirname, '..', '..');
    for (const folder of ['app', 'main'])
      cpSync(join(root, folder), join(inside, folder), { recursive: true });
    cpSync(join(root, 'package.json'), join(inside, 'package.json'));
    const modules = join(root, 'node_modules');
    const link = `import { symlinkSync } from 'node:fs'; symlinkSync('${modules}', '${join(inside, 'node_modules')}');`;
    spawnSync(process.execPath, ['--input-type=module', '--eval', link]);
    const { status, stderr } = spawnSync(process.execPath, [join(inside, 'main/host/start.ts'), '--web'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('does not run in a package');
    expect(status).toBe(3);
  });
});
