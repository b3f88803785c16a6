/**
 * What the shell uses of Electron, and no more. `main.ts` passes Electron itself; tests pass fakes that are checked
 * against the same declarations.
 */
import type * as Electron from 'electron';

export type ShellApp = Pick<
  typeof Electron.app,
  | 'enableSandbox'
  | 'exit'
  | 'getLocale'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'on'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAsDefaultProtocolClient'
  | 'setLoginItemSettings'
  | 'setPath'
  | 'whenReady'
> & { readonly commandLine: Pick<Electron.CommandLine, 'appendSwitch'> };

export type ShellFrame = Pick<Electron.WebFrameMain, 'isDestroyed' | 'origin' | 'parent' | 'frameTreeNodeId'>;

export type ShellContents = Pick<
  Electron.WebContents,
  'focus' | 'id' | 'isDestroyed' | 'on' | 'removeListener' | 'send' | 'setWindowOpenHandler'
> & { readonly mainFrame: ShellFrame };

export type ShellWindow = Pick<
  Electron.BrowserWindow,
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'on'
  | 'once'
  | 'restore'
  | 'setPosition'
  | 'setVisibleOnAllWorkspaces'
  | 'show'
> & { readonly webContents: ShellContents };

/** A window that a dialogue belongs to. */
export type ParentWindow = Pick<Electron.BaseWindow, 'isDestroyed'>;

export type ShellSession = Pick<
  Electron.Session,
  | 'on'
  | 'setDevicePermissionHandler'
  | 'setPermissionCheckHandler'
  | 'setPermissionRequestHandler'
  | 'setSpellCheckerDictionaryDownloadURL'
  | 'setSpellCheckerEnabled'
  | 'setSpellCheckerLanguages'
> & {
  readonly protocol: Pick<Electron.Protocol, 'handle'>;
  readonly webRequest: Pick<Electron.WebRequest, 'onBeforeRequest'>;
};

export type ShellMenu = Pick<Electron.Menu, 'items' | 'popup'>;
export type ShellTray = Pick<Electron.Tray, 'destroy' | 'on' | 'setContextMenu' | 'setToolTip'>;
export type ShellNotification = Pick<Electron.Notification, 'on' | 'show'>;

export type ShellUtilityProcess = Pick<
  Electron.UtilityProcess,
  'kill' | 'on' | 'once' | 'pid' | 'postMessage'
>;

export interface ShellElectron {
  readonly app: ShellApp;
  readonly BrowserWindow: new (options: Electron.BrowserWindowConstructorOptions) => ShellWindow;
  readonly Menu: {
    buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): ShellMenu;
    setApplicationMenu(menu: ShellMenu | null): void;
  };
  readonly Notification: {
    new (options: Electron.NotificationConstructorOptions): ShellNotification;
    isSupported(): boolean;
  };
  readonly Tray: new (image: string) => ShellTray;
  readonly clipboard: Pick<typeof Electron.clipboard, 'readText'>;
  readonly dialog: Pick<typeof Electron.dialog, 'showErrorBox'> & {
    showMessageBox(
      window: ParentWindow,
      options: Electron.MessageBoxOptions,
    ): Promise<Electron.MessageBoxReturnValue>;
    showOpenDialog(
      window: ParentWindow,
      options: Electron.OpenDialogOptions,
    ): Promise<Electron.OpenDialogReturnValue>;
  };
  readonly globalShortcut: Pick<typeof Electron.globalShortcut, 'register' | 'unregisterAll'>;
  readonly ipcMain: Pick<typeof Electron.ipcMain, 'on' | 'removeListener'>;
  readonly nativeTheme: Pick<typeof Electron.nativeTheme, 'shouldUseDarkColors' | 'themeSource'>;
  readonly protocol: Pick<typeof Electron.protocol, 'registerSchemesAsPrivileged'>;
  readonly screen: Pick<
    typeof Electron.screen,
    'getAllDisplays' | 'getCursorScreenPoint' | 'getDisplayNearestPoint'
  >;
  readonly session: {
    fromPartition(partition: string, options: Electron.FromPartitionOptions): ShellSession;
  };
  readonly shell: Pick<typeof Electron.shell, 'openPath'>;
  readonly utilityProcess: {
    fork(path: string, args: string[], options: Electron.ForkOptions): ShellUtilityProcess;
  };
}
