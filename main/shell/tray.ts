import { join } from 'node:path';
import type { ShellElectron, ShellTray } from './electron.ts';
import type { Words } from './words.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly quickPrompt: () => void;
  readonly quit: () => void;
}

/** @param icons the folder of the pictures; macOS colours a template picture by itself. */
export function createTray(
  { Tray }: Pick<ShellElectron, 'Tray'>,
  icons: string,
  actions: TrayActions,
  platform: NodeJS.Platform = process.platform,
): ShellTray {
  const tray = new Tray(join(icons, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'));
  tray.setToolTip('Sotto');
  // On macOS a click opens the menu.
  if (platform !== 'darwin') tray.on('click', actions.open);
  return tray;
}

export function applyTrayMenu(
  { Menu }: Pick<ShellElectron, 'Menu'>,
  tray: ShellTray,
  words: Words,
  actions: TrayActions,
): void {
  const menu = Menu.buildFromTemplate([
    { label: words.open, click: actions.open },
    { label: words.quickPrompt, click: actions.quickPrompt },
    { type: 'separator' },
    { label: words.quit, click: actions.quit },
  ]);
  // Menu and Tray are Electron's own here; the narrow types only leave out what the shell does not call.
  tray.setContextMenu(menu as Parameters<ShellTray['setContextMenu']>[0]);
}
