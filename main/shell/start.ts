/** Puts the shell together: what main.ts passes in is Electron itself, what tests pass in are fakes. */
import { join } from 'node:path';
import { createClient } from '../../app/contract/client.ts';
import { servicesContract } from '../../app/contract/contract.ts';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { Settings } from '../../app/contract/settings.ts';
import type { Installation } from '../installation/installation.ts';
import { readPageFiles } from '../page/files.ts';
import type { ChildPort } from '../process/child-port.ts';
import { logDefect } from '../process/log-line.ts';
import { createPageDispatcher } from '../process/page-dispatcher.ts';
import { createSupervisor } from '../process/supervisor.ts';
import type { Profile } from '../services/profile.ts';
import { applyAutostart, autostartPlace, hiddenArgument } from './autostart.ts';
import { quietChromium } from './chromium.ts';
import type { ShellElectron, ShellWindow } from './electron.ts';
import { createHostServices } from './host-services.ts';
import { createMainWindow } from './main-window.ts';
import { applyMenu, offerEditing } from './menu.ts';
import { mainPage, quickPage } from './origin.ts';
import { servePage } from './page-port.ts';
import { recoverPage } from './page-recovery.ts';
import { refuseDictionaries, restrictContents, restrictSession } from './permissions.ts';
import { registerScheme, servePageFiles } from './protocol.ts';
import { createQuickWindow } from './quick-window.ts';
import { createShortcut } from './shortcut.ts';
import { claimInstance } from './single-instance.ts';
import { renderStoppedPage } from './stopped-page.ts';
import { applyTrayMenu, createTray } from './tray.ts';
import { createUpdater } from './updater.ts';
import { forkServices } from './utility-child.ts';
import { partition, webPreferences } from './web-preferences.ts';
import { createWindowEvents } from './window-events.ts';
import type { WindowEvents } from './window-events.ts';
import { createWindowServices } from './window-services.ts';
import { wordsFor } from './words.ts';

export interface ShellOptions {
  readonly electron: ShellElectron;
  readonly installation: Installation;
  readonly profile: Profile;
  /** Where window state and what Chromium insists on are kept. */
  readonly folder: string;
  readonly args: readonly string[];
  /** For tests; the services in a utility process otherwise. */
  readonly spawn?: () => ChildPort;
}

/** Before the application is ready; the rest follows when it is. */
export function startShell(options: ShellOptions): void {
  const { electron, args } = options;
  const { app } = electron;
  quietChromium(electron, options.folder);
  registerScheme(electron);
  app.on('web-contents-created', (_event, contents) => restrictContents(contents));
  // The one that Electron makes for itself, too.
  app.on('session-created', refuseDictionaries);
  // Links and second starts may come before there is a window for them.
  const early: WindowEvent[] = [];
  let shell: Shell | undefined;
  const tell = (event: WindowEvent) => {
    if (shell) shell.tellMain(event);
    else early.push(event);
  };
  const isFirst = claimInstance(electron, args, {
    show: () => void shell?.showMain(),
    prefill: (text) => tell({ type: 'prefill', text }),
  });
  if (!isFirst) return app.quit();
  // Off macOS the shell ends with its main window; the quick prompt's window would keep it alive.
  app.on('window-all-closed', () => undefined);
  app.on('activate', () => void shell?.showMain());
  void app.whenReady().then(() => {
    try {
      shell = openShell(options);
      if (!args.includes(hiddenArgument)) shell.showMain();
      early.forEach(tell);
    } catch (error) {
      const words = wordsFor('system', app.getLocale());
      logDefect(error, 'shell');
      electron.dialog.showErrorBox(words.pageMissing, words.pageMissingDetail);
      app.exit(1);
    }
  });
}

interface Shell {
  showMain(): ShellWindow;
  /** Brings the main window forward with something for its page. */
  tellMain(event: WindowEvent): void;
}

function openShell(options: ShellOptions): Shell {
  const { electron, installation, profile } = options;
  const { app } = electron;
  let words = wordsFor('system', app.getLocale());
  let settings: Settings | undefined;
  let main: ShellWindow | undefined;
  let quitting = false;

  const session = electron.session.fromPartition(partition, { cache: false });
  restrictSession(session);
  const stopped = ['/stopped.html', renderStoppedPage(words)] as const;
  servePageFiles(session, new Map([...readPageFiles(installation.renderer), stopped]));

  const preferences = webPreferences(installation.preload, app.isPackaged);
  const updater = createUpdater(app.getVersion(), null);
  const mainEvents = createWindowEvents();
  const quickEvents = createWindowEvents();
  const quick = createQuickWindow(electron, {
    preferences,
    onShown: () => quickEvents.push({ type: 'shown' }),
    isQuitting: () => quitting,
  });
  const shortcut = createShortcut(electron, quick.show);

  const supervisor = createSupervisor({
    spawn: options.spawn ?? (() => forkServices(electron, installation.entry('services-process'))),
    start: {
      version: app.getVersion(),
      profile,
    },
    host: createHostServices({
      electron,
      showMain,
      words: () => words,
      applyShortcut: shortcut.apply,
      applyAutostart: (on) => applyAutostart(electron, on, autostartPlace()),
    }),
    onRestart() {
      mainEvents.push({ type: 'restarted' });
      quickEvents.push({ type: 'restarted' });
      follow();
    },
  });

  function serve(window: ShellWindow, events: WindowEvents, page: string): void {
    const { documents } = installation;
    const own = createWindowServices({ electron, window, events, documents, updater, quick, tellMain });
    const { transport } = supervisor;
    const dispatcher = createPageDispatcher({ transport, window: own, onDefect: logDefect });
    servePage({ ipcMain: electron.ipcMain, contents: window.webContents, dispatcher });
    offerEditing(electron, window.webContents, () => words);
    recoverPage(window, page, () => {
      const { reloaded: message, reloadedDetail: detail, ok } = words;
      void electron.dialog.showMessageBox(window, { type: 'info', message, detail, buttons: [ok] });
    });
  }

  function showMain(): ShellWindow {
    if (main) {
      if (main.isMinimized()) main.restore();
      main.show();
      main.focus();
      return main;
    }
    const window = createMainWindow(electron, {
      stateFile: join(options.folder, 'window.json'),
      icon: join(installation.icons, '256.png'),
      preferences,
    });
    main = window;
    serve(window, mainEvents, mainPage);
    window.on('closed', () => {
      main = undefined;
      forget();
      // Who starts Sotto at login wants the quick prompt to stay.
      if (process.platform !== 'darwin' && !settings?.startAtLogin) app.quit();
    });
    return window;
  }

  function tellMain(event: WindowEvent): void {
    showMain();
    mainEvents.push(event);
  }

  const actions = {
    open: () => void showMain(),
    quickPrompt: quick.show,
    quit: () => app.quit(),
    go: (to: Extract<WindowEvent, { type: 'go' }>['to']) => tellMain({ type: 'go', to }),
    reload: () => void main?.loadURL(mainPage).catch(() => undefined),
  };
  const tray = createTray(electron, installation.icons, actions);
  const label = () => {
    applyMenu(electron, words, actions);
    applyTrayMenu(electron, tray, words, actions);
  };

  /** The page's language and colours are those of menus and dialogues too. */
  function follow(): void {
    const { watch } = createClient(servicesContract, supervisor.transport).settings;
    const onItem = (item: { readonly settings: Settings }) => {
      settings = item.settings;
      electron.nativeTheme.themeSource = settings.appearance.theme;
      words = wordsFor(settings.appearance.language, app.getLocale());
      label();
    };
    // It ends with the process that answers; the next one is followed again.
    watch({}, { onItem }).catch(() => undefined);
  }

  /** What is not kept lives as long as the window that shows it. */
  function forget(): void {
    const { conversations } = createClient(servicesContract, supervisor.transport);
    // A process that is gone holds nothing.
    conversations.forgetUnstored({}).catch(() => undefined);
  }

  serve(quick.window, quickEvents, quickPage);
  label();
  follow();
  app.on('before-quit', (event) => {
    if (quitting) return;
    // The services finish first: what is being written, and the bundled server.
    event.preventDefault();
    quitting = true;
    quick.hide();
    main?.hide();
    void supervisor.close().then(() => app.quit());
  });
  return { showMain, tellMain };
}
