/**
 * Electron for the shell's tests: each part is checked against Electron's own declarations, and what crosses a
 * channel is cloned as Electron clones it.
 */
import type * as Electron from 'electron';
import type { ShellContents, ShellElectron, ShellFrame, ShellSession, ShellWindow } from './electron.ts';

type Listener = (...args: never[]) => unknown;

/** What Electron's emitters are to who only listens. */
export class FakeEmitter {
  readonly #listeners = new Map<string, Set<Listener>>();

  on(event: string, listener: Listener): never {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
    return this as never;
  }

  once(event: string, listener: Listener): never {
    const first: Listener = (...args) => {
      this.removeListener(event, first);
      return listener(...args);
    };
    return this.on(event, first);
  }

  removeListener(event: string, listener: Listener): never {
    this.#listeners.get(event)?.delete(listener);
    return this as never;
  }

  /** @returns the event that was passed first, for `prevented`. */
  emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...(args as never[]));
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.size ?? 0;
  }
}

/** An event that remembers whether it was stopped. */
export function fakeEvent() {
  return {
    prevented: false,
    preventDefault() {
      this.prevented = true;
    },
  };
}

let nextId = 1;

export class FakeContents extends FakeEmitter implements Record<keyof ShellContents, unknown> {
  readonly id = nextId++;
  /** What was sent to the page, cloned. */
  readonly sent: unknown[] = [];
  readonly mainFrame: ShellFrame = fakeFrame({ frameTreeNodeId: this.id * 100 });
  onSent: (message: unknown) => void = () => undefined;
  destroyed = false;
  focused = 0;
  openHandler: Parameters<ShellContents['setWindowOpenHandler']>[0] | undefined;

  send(_channel: string, message: unknown): void {
    const clone: unknown = structuredClone(message);
    this.sent.push(clone);
    this.onSent(clone);
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
  focus(): void {
    this.focused += 1;
  }
  setWindowOpenHandler(handler: Parameters<ShellContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }
}

export function fakeFrame(given: Partial<ShellFrame>): ShellFrame {
  return { origin: 'app://sotto', parent: null, frameTreeNodeId: 1, isDestroyed: () => false, ...given };
}

export class FakeWindow extends FakeEmitter implements Record<keyof ShellWindow, unknown> {
  readonly webContents = new FakeContents();
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly loaded: string[] = [];
  readonly bounds: Electron.Rectangle;
  visible = false;
  minimized = false;
  maximized = false;
  destroyed = false;
  focused = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    this.bounds = {
      x: options.x ?? 0,
      y: options.y ?? 0,
      width: options.width ?? 0,
      height: options.height ?? 0,
    };
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    this.webContents.emit('did-navigate', {});
  }
  show(): void {
    this.visible = true;
  }
  hide(): void {
    this.visible = false;
  }
  focus(): void {
    this.focused = true;
  }
  restore(): void {
    this.minimized = false;
  }
  maximize(): void {
    this.maximized = true;
  }
  setPosition(x: number, y: number): void {
    Object.assign(this.bounds, { x, y });
  }
  setVisibleOnAllWorkspaces(): void {
    // Nothing to see here.
  }
  getNormalBounds(): Electron.Rectangle {
    return this.bounds;
  }
  isVisible(): boolean {
    return this.visible;
  }
  isFocused(): boolean {
    return this.focused;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  isMaximized(): boolean {
    return this.maximized;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}

export class FakeChild extends FakeEmitter {
  readonly pid = 4_000_000 + nextId++;
  readonly path: string;
  readonly options: Electron.ForkOptions;
  /** What was posted to it, cloned. */
  readonly posted: unknown[] = [];
  killed = false;

  constructor(path: string, options: Electron.ForkOptions) {
    super();
    this.path = path;
    this.options = options;
  }
  postMessage(message: unknown): void {
    this.posted.push(structuredClone(message));
  }
  kill(): boolean {
    this.killed = true;
    return true;
  }
}

export class FakeNotification extends FakeEmitter {
  static readonly shown: FakeNotification[] = [];
  static isSupported(): boolean {
    return true;
  }
  readonly options: Electron.NotificationConstructorOptions;
  constructor(options: Electron.NotificationConstructorOptions) {
    super();
    this.options = options;
  }
  show(): void {
    FakeNotification.shown.push(this);
  }
}

class FakeTray extends FakeEmitter {
  readonly image: string;
  menu: FakeMenu | undefined;
  constructor(image: string) {
    super();
    this.image = image;
  }
  setContextMenu(menu: unknown): void {
    this.menu = menu as FakeMenu;
  }
  setToolTip(): void {
    // Nothing to see here.
  }
  destroy(): void {
    // Nothing to give back.
  }
}

class FakeMenu {
  readonly template: Electron.MenuItemConstructorOptions[];
  readonly items: Electron.MenuItem[] = [];
  popups = 0;
  constructor(template: Electron.MenuItemConstructorOptions[]) {
    this.template = template;
  }
  popup(): void {
    this.popups += 1;
  }
  /** Chooses the entry with a label, wherever it stands. */
  choose(label: string): void {
    const all = this.template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? item.submenu : [])]);
    const click = all.find((item) => item.label === label)?.click as (() => void) | undefined;
    if (!click) throw new Error(`There is no entry '${label}' to choose.`);
    click();
  }
}

type RequestHandler = Parameters<ShellSession['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<ShellSession['setPermissionCheckHandler']>[0];
type DeviceHandler = Parameters<ShellSession['setDevicePermissionHandler']>[0];

class FakeSession extends FakeEmitter implements Record<keyof ShellSession, unknown> {
  requestHandler: RequestHandler = null;
  checkHandler: CheckHandler = null;
  deviceHandler: DeviceHandler = null;
  /** As a session begins with, but for the address, which is one of Google's. */
  readonly spellChecker = { enabled: true, languages: ['en-US'], download: 'https://dictionaries.example/' };
  readonly handlers = new Map<string, Parameters<ShellSession['protocol']['handle']>[1]>();
  beforeRequest: Parameters<ShellSession['webRequest']['onBeforeRequest']>[0] = null;

  readonly protocol = {
    handle: (scheme, handler) => void this.handlers.set(scheme, handler),
  } satisfies Pick<Electron.Protocol, 'handle'>;
  readonly webRequest = {
    onBeforeRequest: (listener: unknown) => (this.beforeRequest = listener as never),
  };

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.requestHandler = handler;
  }
  setPermissionCheckHandler(handler: CheckHandler): void {
    this.checkHandler = handler;
  }
  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.deviceHandler = handler;
  }
  setSpellCheckerDictionaryDownloadURL(url: string): void {
    this.spellChecker.download = url;
  }
  setSpellCheckerLanguages(languages: string[]): void {
    this.spellChecker.languages = languages;
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker.enabled = enabled;
  }
}

class FakeApp extends FakeEmitter {
  readonly calls: unknown[][] = [];
  readonly switches = new Map<string, string | undefined>();
  readonly paths = new Map<string, string>();
  readonly commandLine = {
    appendSwitch: (name, value) => void this.switches.set(name, value),
  } satisfies Pick<Electron.CommandLine, 'appendSwitch'>;
  isPackaged = true;
  isFirst = true;
  quits = 0;

  enableSandbox(): void {
    this.calls.push(['enableSandbox']);
  }
  exit(code?: number): void {
    this.calls.push(['exit', code]);
  }
  getLocale(): string {
    return 'en-GB';
  }
  getPath(): string {
    return '/';
  }
  getVersion(): string {
    return '0.1.0';
  }
  quit(): void {
    this.quits += 1;
    this.emit('before-quit', fakeEvent());
  }
  requestSingleInstanceLock(): boolean {
    return this.isFirst;
  }
  setAsDefaultProtocolClient(protocol: string): boolean {
    this.calls.push(['setAsDefaultProtocolClient', protocol]);
    return true;
  }
  setLoginItemSettings(settings: Electron.Settings): void {
    this.calls.push(['setLoginItemSettings', settings]);
  }
  setPath(name: string, path: string): void {
    this.paths.set(name, path);
  }
  async whenReady(): Promise<void> {
    // At once.
  }
}

/** Everything, with what happened to it. */
export function createFakeElectron() {
  const windows: FakeWindow[] = [];
  const children: FakeChild[] = [];
  const trays: FakeTray[] = [];
  const menus: { application: FakeMenu | null } = { application: null };
  const contextMenus: FakeMenu[] = [];
  const schemes: Electron.CustomScheme[] = [];
  const shortcuts = new Map<string, () => void>();
  const dialogs: Electron.MessageBoxOptions[] = [];
  const opened: string[] = [];
  const errors: string[] = [];
  const partitions: unknown[][] = [];
  const session = new FakeSession();
  const app = new FakeApp();
  const ipcMain = new FakeEmitter() satisfies Pick<typeof Electron.ipcMain, 'on' | 'removeListener'>;
  /** What tests set beforehand. */
  const answers = {
    messageBox: 0,
    folder: null as string | null,
    clipboard: '',
    openPath: '',
    takenShortcuts: new Set<string>(),
    displays: [{ x: 0, y: 0, width: 1920, height: 1080 }],
  };
  const electron = {
    app: app satisfies ShellElectron['app'],
    BrowserWindow: class extends FakeWindow {
      constructor(options: Electron.BrowserWindowConstructorOptions) {
        super(options);
        windows.push(this);
      }
    },
    Menu: {
      buildFromTemplate(template: Electron.MenuItemConstructorOptions[]) {
        const menu = new FakeMenu(template);
        contextMenus.push(menu);
        return menu;
      },
      setApplicationMenu(menu: unknown) {
        menus.application = menu as FakeMenu | null;
      },
    },
    Notification: FakeNotification,
    Tray: class extends FakeTray {
      constructor(image: string) {
        super(image);
        trays.push(this);
      }
    },
    clipboard: { readText: async () => answers.clipboard } satisfies Pick<
      typeof Electron.clipboard,
      'readText'
    >,
    dialog: {
      showErrorBox: (title: string) => void errors.push(title),
      async showMessageBox(_window: unknown, options: Electron.MessageBoxOptions) {
        dialogs.push(options);
        return { response: answers.messageBox, checkboxChecked: false };
      },
      async showOpenDialog() {
        return {
          canceled: answers.folder === null,
          filePaths: answers.folder === null ? [] : [answers.folder],
        };
      },
    },
    globalShortcut: {
      register(accelerator, pressed) {
        if (accelerator === 'nonsense') throw new TypeError('Error processing argument');
        if (answers.takenShortcuts.has(accelerator)) return false;
        shortcuts.set(accelerator, pressed);
        return true;
      },
      unregisterAll: () => shortcuts.clear(),
    } satisfies Pick<typeof Electron.globalShortcut, 'register' | 'unregisterAll'>,
    ipcMain,
    nativeTheme: { shouldUseDarkColors: false, themeSource: 'system' } as Pick<
      typeof Electron.nativeTheme,
      'shouldUseDarkColors' | 'themeSource'
    >,
    protocol: {
      registerSchemesAsPrivileged: (given) => void schemes.push(...given),
    } satisfies Pick<typeof Electron.protocol, 'registerSchemesAsPrivileged'>,
    screen: {
      getAllDisplays: () => answers.displays.map((workArea) => ({ workArea }) as Electron.Display),
      getCursorScreenPoint: () => ({ x: 10, y: 10 }),
      getDisplayNearestPoint: () => ({ workArea: answers.displays[0] }) as Electron.Display,
    } satisfies ShellElectron['screen'],
    session: {
      fromPartition(...given: unknown[]) {
        partitions.push(given);
        return session;
      },
    },
    shell: {
      async openPath(path) {
        opened.push(path);
        return answers.openPath;
      },
    } satisfies Pick<typeof Electron.shell, 'openPath'>,
    utilityProcess: {
      fork(path: string, _args: string[], options: Electron.ForkOptions) {
        const child = new FakeChild(path, options);
        children.push(child);
        return child;
      },
    },
  } satisfies ShellElectron;
  return {
    electron: electron as ShellElectron,
    ...{ app, ipcMain, session, answers },
    ...{
      windows,
      children,
      trays,
      menus,
      contextMenus,
      schemes,
      shortcuts,
      dialogs,
      opened,
      errors,
      partitions,
    },
  };
}
export type FakeElectron = ReturnType<typeof createFakeElectron>;

/** A message of a page as Electron delivers it: cloned, with the frame that sent it. */
export function sendFromPage(
  { ipcMain }: Pick<FakeElectron, 'ipcMain'>,
  contents: FakeContents,
  message: unknown,
  frame: ShellFrame | null = contents.mainFrame,
): void {
  ipcMain.emit('sotto', { sender: contents, senderFrame: frame }, structuredClone(message));
}
