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
  window.on('close', () => keepWindowState(options.stateFile, window));
  void window.loadURL(mainPage).catch(() => undefined);
  return window;
}

/** A disk that is full or read-only is no reason to keep a window open, or the application. */
function keepWindowState(file: string, window: ShellWindow): void {
  try {
    writeWindowState(file, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  } catch {
    // It opens where it was found last.
  }
}

/** `--paper` of the page's design: no flash of another colour before the page is drawn. */
export function paper({ nativeTheme }: Pick<ShellElectron, 'nativeTheme'>): string {
  return nativeTheme.shouldUseDarkColors ? '#17191b' : '#fbfaf7';
}
