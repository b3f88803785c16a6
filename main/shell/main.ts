/** The application's entry under Electron: the only file that imports it for values, next to preload.ts. */
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  protocol,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';
import { join } from 'node:path';
import { installation } from '../installation/installation.ts';
import { openProfile, profileHome } from '../services/profile.ts';
import type { ShellElectron } from './electron.ts';
import { startShell } from './start.ts';

const electron: ShellElectron = {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  protocol,
  // Electron lets nobody touch the screen before the application is ready.
  get screen() {
    return screen;
  },
  session,
  shell,
  Tray,
  utilityProcess,
};

startShell({
  electron,
  installation,
  profile: openProfile(),
  folder: join(profileHome(), 'window'),
  args: process.argv.slice(1),
});
