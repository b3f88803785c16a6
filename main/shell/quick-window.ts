/** One field over whatever the user is doing. It is made hidden at the start, so that it is there at once when asked. */
import type { WebPreferences } from 'electron';
import type { ShellElectron, ShellWindow } from './electron.ts';
import { paper } from './main-window.ts';
import { quickPage } from './origin.ts';

export interface QuickWindow {
  readonly window: ShellWindow;
  readonly show: () => void;
  readonly hide: () => void;
}

export interface QuickWindowOptions {
  readonly preferences: WebPreferences;
  /** The page is told, and puts the caret into its field. */
  readonly onShown: () => void;
  /** Closing it hides it, but for the end of the application. */
  readonly isQuitting: () => boolean;
}

const size = { width: 640, height: 460 };

export function createQuickWindow(
  electron: Pick<ShellElectron, 'BrowserWindow' | 'nativeTheme' | 'screen'>,
  options: QuickWindowOptions,
  platform: NodeJS.Platform = process.platform,
): QuickWindow {
  const window = new electron.BrowserWindow({
    ...size,
    title: 'Sotto',
    show: false,
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    alwaysOnTop: true,
    skipTaskbar: true,
    backgroundColor: paper(electron),
    // On macOS a panel stands over a full-screen application without leaving it.
    ...(platform === 'darwin' ? { type: 'panel' } : {}),
    webPreferences: options.preferences,
  });
  if (platform !== 'win32') window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true });
  window.on('blur', () => window.hide());
  window.on('close', (event) => {
    if (options.isQuitting()) return;
    event.preventDefault();
    window.hide();
  });
  void window.loadURL(quickPage).catch(() => undefined);
  return {
    window,
    show() {
      const { workArea } = electron.screen.getDisplayNearestPoint(electron.screen.getCursorScreenPoint());
      const x = Math.round(workArea.x + (workArea.width - size.width) / 2);
      window.setPosition(x, Math.round(workArea.y + Math.max(0, workArea.height - size.height) * 0.3));
      window.show();
      window.focus();
      window.webContents.focus();
      options.onShown();
    },
    hide: () => window.hide(),
  };
}
