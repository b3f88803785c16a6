/** The application's menu, and the one of a right click on text. */
import type { MenuItemConstructorOptions } from 'electron';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { ShellContents, ShellElectron } from './electron.ts';
import type { Words } from './words.ts';

export interface MenuActions {
  readonly go: (to: Extract<WindowEvent, { type: 'go' }>['to']) => void;
  readonly quickPrompt: () => void;
  readonly reload: () => void;
}

export function applyMenu(
  { Menu }: Pick<ShellElectron, 'Menu'>,
  words: Words,
  actions: MenuActions,
  platform: NodeJS.Platform = process.platform,
): void {
  const settings = { label: words.settings, accelerator: 'CmdOrCtrl+,', click: () => actions.go('settings') };
  const about = { label: words.about, click: () => actions.go('about') };
  const quit = { role: 'quit', label: words.quit } as const;
  const separator = { type: 'separator' } as const;
  const mac = platform === 'darwin';
  const application: MenuItemConstructorOptions[] = [
    about,
    separator,
    settings,
    separator,
    { role: 'hide' },
    { role: 'hideOthers' },
    separator,
    quit,
  ];
  const file: MenuItemConstructorOptions[] = [
    { label: words.newConversation, accelerator: 'CmdOrCtrl+N', click: () => actions.go('new') },
    { label: words.search, accelerator: 'CmdOrCtrl+F', click: () => actions.go('search') },
    { label: words.quickPrompt, click: actions.quickPrompt },
    ...(mac ? [] : [separator, settings, about, separator, quit]),
  ];
  const view: MenuItemConstructorOptions[] = [
    { label: words.reload, click: actions.reload },
    separator,
    { role: 'resetZoom', label: words.actualSize },
    { role: 'zoomIn', label: words.zoomIn },
    { role: 'zoomOut', label: words.zoomOut },
    { role: 'togglefullscreen', label: words.fullScreen },
  ];
  const window: MenuItemConstructorOptions[] = [
    { role: 'minimize', label: words.minimize },
    { role: 'close', label: words.close },
  ];
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ label: 'Sotto', submenu: application }] : []),
    { label: words.file, submenu: file },
    { label: words.edit, submenu: editing(words) },
    { label: words.view, submenu: view },
    { label: words.window, submenu: window },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

/** Electron shows nothing on a right click by itself. */
export function offerEditing(
  { Menu }: Pick<ShellElectron, 'Menu'>,
  contents: ShellContents,
  words: () => Words,
): void {
  contents.on('context-menu', (_event, { isEditable, selectionText }) => {
    const all = editing(words());
    const items = isEditable ? all : selectionText === '' ? [] : all.filter(({ role }) => role === 'copy');
    if (items.length > 0) Menu.buildFromTemplate(items).popup();
  });
}

function editing(words: Words): MenuItemConstructorOptions[] {
  return [
    { role: 'undo', label: words.undo },
    { role: 'redo', label: words.redo },
    { type: 'separator' },
    { role: 'cut', label: words.cut },
    { role: 'copy', label: words.copy },
    { role: 'paste', label: words.paste },
    { role: 'selectAll', label: words.selectAll },
  ];
}
