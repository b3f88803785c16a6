import { join } from 'node:path';
import type { WebPreferences } from 'electron';
import type { ShellElectron, ShellWindow } from './electron.ts';
import { mainPage } from './origin.ts';
import { minimum, readWindowState, writeWindowState } from './window-state.ts';

export interface MainWindowOptions {
  readonly stateFile: string;
  readonly icon: string;
  readonly preferences: WebPreferences;
}

type MainWindowElectron = Pick<ShellElectron, 'BrowserWindow' | 'nativeTheme' | 'screen'>;

/** Hidden until its page is drawn, where it stood last. */
export function createMainWindow(electron: MainWindowElectron, options: MainWindowOptions): ShellWindow {
  const screens = electron.screen.getAllDisplays().map(({ workArea }) => workArea);
  const { maximized, ...bounds } = readWindowState(options.stateFile, screens);
  const window = new electron.BrowserWindow({
    ...bounds,
    minWidth: minimum.width,
    minHeight: minimum.height,
    title: 'Sotto',
    icon: join(options.icon),
    show: false,
    autoHideMenuBar: true,
    backgroundColor: paper(electron),
    webPreferences: options.preferences,
  });
  if (maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () =>
    writeWindowState(options.stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
  );
  void window.loadURL(mainPage).catch(() => undefined);
  return window;
}

/** `--paper` of the page's design: no flash of another colour before the page is drawn. */
export function paper({ nativeTheme }: Pick<ShellElectron, 'nativeTheme'>): string {
  return nativeTheme.shouldUseDarkColors ? '#17191b' : '#fbfaf7';
}
