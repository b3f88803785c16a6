import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../app/contract/settings.ts';
import type { Settings } from '../../app/contract/settings.ts';
import { installation } from '../installation/installation.ts';
import type { ChildPort } from '../process/child-port.ts';
import { openProfile } from '../services/profile.ts';
import { createFakeElectron, fakeEvent, sendFromPage } from './fake-electron.fixture.ts';
import type { FakeElectron, FakeWindow } from './fake-electron.fixture.ts';
import { startShell } from './start.ts';

/** A services' process that says what its settings are. */
function fakeServices() {
  let deliver: (message: unknown) => void = () => undefined;
  let exit: () => void = () => undefined;
  let watch: number | undefined;
  const posted: unknown[] = [];
  const port: ChildPort = {
    post(message) {
      posted.push(message);
      const { lane, message: inner } = message as { lane: string; message: { type: string; id: number } };
      if (lane === 'services' && inner.type === 'stream') watch = inner.id;
      if (lane === 'process' && inner.type === 'start') say('process', { type: 'ready' });
      if (lane === 'process' && inner.type === 'close') queueMicrotask(() => exit());
    },
    onMessage: (listener) => (deliver = listener),
    onExit: (listener) => (exit = listener),
    kill: () => exit(),
  };
  const say = (lane: string, message: unknown) => queueMicrotask(() => deliver({ lane, message }));
  return {
    port,
    posted,
    crash: () => exit(),
    settings: (change: Partial<Settings>) =>
      deliver({
        lane: 'services',
        message: {
          type: 'item',
          id: watch,
          item: { settings: { ...defaultSettings, ...change }, stored: true },
        },
      }),
  };
}

let fake: FakeElectron;
let services: ReturnType<typeof fakeServices>[];
let folder: string;
const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

async function start(args: string[] = []) {
  startShell({
    electron: fake.electron,
    installation: { ...installation, renderer: join(folder, 'renderer') },
    profile: openProfile('default', folder),
    folder: join(folder, 'window'),
    args,
    spawn() {
      const made = fakeServices();
      services.push(made);
      return made.port;
    },
  });
  await tick();
}
const [quickAt, mainAt] = [0, 1];
const windowAt = (at: number): FakeWindow => {
  const window = fake.windows[at];
  if (!window) throw new Error(`There is no window ${at}.`);
  return window;
};

beforeEach(() => {
  fake = createFakeElectron();
  services = [];
  folder = mkdtempSync(join(tmpdir(), 'sotto-shell-'));
  mkdirSync(join(folder, 'renderer'));
  for (const name of ['index.html', 'quick.html']) writeFileSync(join(folder, 'renderer', name), '<title>');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the shell', () => {
  it('keeps Chromium off the network and off the disk', async () => {
    await start();
    expect(fake.app.calls[0]).toEqual(['enableSandbox']);
    for (const name of [
      'disable-background-networking',
      'disable-component-update',
      'dns-prefetch-disable',
      'disable-gpu-shader-disk-cache',
    ]) {
      expect(fake.app.switches.has(name), name).toBe(true);
    }
    expect(fake.partitions).toEqual([['sotto', { cache: false }]]);
    for (const path of fake.app.paths.values()) expect(path.startsWith(folder)).toBe(true);
  });

  it('opens a quick prompt that is hidden and a main window that shows when it is drawn', async () => {
    await start();
    expect(fake.windows.map(({ loaded }) => loaded)).toEqual([
      ['app://sotto/quick.html'],
      ['app://sotto/index.html'],
    ]);
    expect(windowAt(quickAt).options).toMatchObject({
      width: 640,
      frame: false,
      alwaysOnTop: true,
      show: false,
    });
    expect(windowAt(mainAt).visible).toBe(false);
    windowAt(mainAt).emit('ready-to-show');
    expect(windowAt(mainAt).visible).toBe(true);
  });

  it('gives no page a right that it does not need', async () => {
    await start();
    for (const { options } of fake.windows) {
      expect(options.webPreferences).toMatchObject({
        partition: 'sotto',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        webviewTag: false,
        spellcheck: false,
        devTools: false,
      });
    }
  });

  it('a second instance ends', async () => {
    fake.app.isFirst = false;
    await start();
    expect(fake.app.quits).toBe(1);
    expect(fake.windows).toEqual([]);
  });

  it('started at login shows no window until it is asked for', async () => {
    await start(['--hidden']);
    expect(fake.windows).toHaveLength(1);
    fake.trays[0]?.menu?.choose('Open Sotto');
    expect(fake.windows).toHaveLength(2);
  });

  it('a link fills the composer of the main window, and nothing more', async () => {
    await start(['sotto://prompt?text=Hello']);
    const contents = windowAt(mainAt).webContents;
    sendFromPage(fake, contents, { type: 'stream', id: 0, service: 'window', method: 'events', input: {} });
    await tick();
    expect(contents.sent).toEqual([{ type: 'item', id: 0, item: { type: 'prefill', text: 'Hello' } }]);
    expect(JSON.stringify(services[0]?.posted)).not.toContain('Hello');
  });

  it('the quick prompt comes at the cursor, focused, and hides on blur and on request', async () => {
    await start();
    const quick = windowAt(quickAt);
    fake.trays[0]?.menu?.choose('Quick Prompt');
    expect(quick.visible).toBe(true);
    expect(quick.webContents.focused).toBe(1);
    expect(quick.bounds).toMatchObject({ x: 640, y: 186 });
    quick.emit('blur');
    expect(quick.visible).toBe(false);
    fake.trays[0]?.menu?.choose('Quick Prompt');
    sendFromPage(fake, quick.webContents, {
      ...{ type: 'call', id: 1, service: 'window', method: 'hideQuickPrompt', input: {} },
    });
    await tick();
    expect(quick.visible).toBe(false);
    const close = fakeEvent();
    quick.emit('close', close);
    expect(close.prevented).toBe(true);
  });

  it('menus, tray and colours follow the settings', async () => {
    await start();
    services[0]?.settings({ appearance: { ...defaultSettings.appearance, language: 'de', theme: 'dark' } });
    expect(fake.menus.application?.template.map(({ label }) => label)).toContain('Bearbeiten');
    expect(fake.trays[0]?.menu?.template[0]?.label).toBe('Sotto öffnen');
    expect(fake.electron.nativeTheme.themeSource).toBe('dark');
  });

  it('a page that stops is loaded again once, then replaced by one that says so', async () => {
    await start();
    const main = windowAt(mainAt);
    main.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    await tick();
    expect(main.loaded.slice(1)).toEqual(['app://sotto/index.html']);
    expect(fake.dialogs).toHaveLength(1);
    main.webContents.emit('render-process-gone', {}, { reason: 'oom' });
    await tick();
    expect(main.loaded.slice(2)).toEqual(['app://sotto/stopped.html']);
    expect(fake.dialogs).toHaveLength(1);
    fake.menus.application?.choose('Reload Window');
    expect(main.loaded.at(-1)).toBe('app://sotto/index.html');
    main.webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(main.loaded).toHaveLength(4);
  });

  it('a services process that died is started again, and the pages are told', async () => {
    await start();
    services[0]?.crash();
    await tick();
    expect(services).toHaveLength(2);
    const contents = windowAt(mainAt).webContents;
    sendFromPage(fake, contents, { type: 'stream', id: 0, service: 'window', method: 'events', input: {} });
    await tick();
    expect(contents.sent).toEqual([{ type: 'item', id: 0, item: { type: 'restarted' } }]);
  });

  it('remembers its place, and ends with its window after the services have finished', async () => {
    await start();
    const main = windowAt(mainAt);
    Object.assign(main.bounds, { x: 11, y: 22, width: 1001, height: 702 });
    main.emit('close', fakeEvent());
    main.emit('closed');
    await tick();
    expect(JSON.parse(readFileSync(join(folder, 'window', 'window.json'), 'utf8'))).toEqual({
      ...{ x: 11, y: 22, width: 1001, height: 702, maximized: false },
    });
    expect(JSON.stringify(services[0]?.posted)).toContain('"close"');
    // The first one is held up until the services have ended.
    expect(fake.app.quits).toBe(process.platform === 'darwin' ? 0 : 2);
  });

  it('stays for the quick prompt when it starts at login', async () => {
    await start();
    services[0]?.settings({ startAtLogin: true });
    windowAt(mainAt).emit('closed');
    await tick();
    expect(fake.app.quits).toBe(0);
    // What is not kept goes with the window that showed it.
    expect(JSON.stringify(services[0]?.posted)).toContain('"forgetUnstored"');
    fake.app.emit('second-instance', {}, [], '/');
    expect(fake.windows).toHaveLength(3);
  });

  it('says when its pages cannot be read', async () => {
    rmSync(join(folder, 'renderer'), { recursive: true });
    await start();
    expect(fake.errors).toEqual(['The pages of Sotto cannot be read.']);
    expect(fake.app.calls).toContainEqual(['exit', 1]);
  });
});
