/** Starts Sotto hidden when the user logs in: by Electron, and on Linux by the desktop's own folder. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ShellElectron } from './electron.ts';

/** Said by the system's start, so that no window opens then. */
export const hiddenArgument = '--hidden';

export interface AutostartPlace {
  readonly platform: NodeJS.Platform;
  /** The program of this installation; an AppImage's own path, not the one it is mounted at. */
  readonly program: string;
  /** `XDG_CONFIG_HOME/autostart` */
  readonly folder: string;
}

export function autostartPlace(): AutostartPlace {
  return {
    platform: process.platform,
    program: process.env['APPIMAGE'] ?? process.execPath,
    folder: join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'autostart'),
  };
}

export function applyAutostart(
  { app }: Pick<ShellElectron, 'app'>,
  on: boolean,
  place: AutostartPlace,
): void {
  // A development run would start a bare Electron.
  if (!app.isPackaged) return;
  if (place.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: on, args: [hiddenArgument] });
    return;
  }
  const file = join(place.folder, 'sotto.desktop');
  if (!on) return rmSync(file, { force: true });
  mkdirSync(place.folder, { recursive: true });
  const exec = `Exec=${quoted(place.program)} ${hiddenArgument}`;
  writeFileSync(
    file,
    ['[Desktop Entry]', 'Type=Application', 'Name=Sotto', exec, 'Terminal=false', ''].join('\n'),
  );
}

/** Desktop Entry Specification 1.5, "The Exec key": quoted, then escaped as every string of the file. */
function quoted(path: string): string {
  return `"${path
    .replace(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`;
}
