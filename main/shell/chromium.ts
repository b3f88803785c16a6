/** Chromium as Electron brings it talks to the network and keeps files by itself: here it is told not to. */
import { join } from 'node:path';
import type { ShellElectron } from './electron.ts';

/** With the reason of each. Nothing here starts the crash reporter: a dump would hold prompts. */
const switches: readonly (readonly [name: string, value?: string])[] = [
  // Component updates, field trials, safe browsing lists, time queries.
  ['disable-background-networking'],
  ['disable-component-update'],
  ['disable-domain-reliability'],
  ['disable-sync'],
  ['no-pings'],
  // Names are resolved for no page: a prefetched name would tell of a link in an answer.
  ['dns-prefetch-disable'],
  [
    'disable-features',
    'AutofillServerCommunication,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess',
  ],
  // A page of ours speaks to no peer; this holds should one ever try.
  ['force-webrtc-ip-handling-policy', 'disable_non_proxied_udp'],
  // Compiled shaders and crash dumps are kept on disk otherwise.
  ['disable-gpu-shader-disk-cache'],
  ['disable-breakpad'],
];

/** Before the application is ready. @param folder where Chromium keeps what it insists on: its own state, no page's. */
export function quietChromium(
  { app }: Pick<ShellElectron, 'app'>,
  folder: string,
  platform = process.platform,
): void {
  app.enableSandbox();
  for (const [name, value] of switches) app.commandLine.appendSwitch(name, value);
  // Under Wayland only the desktop's portal may give a global shortcut.
  if (platform === 'linux') app.commandLine.appendSwitch('enable-features', 'GlobalShortcutsPortal');
  for (const name of ['userData', 'sessionData', 'crashDumps', 'logs'] as const) {
    app.setPath(name, name === 'userData' || name === 'sessionData' ? folder : join(folder, name));
  }
}
