import type { ShellWindow } from './electron.ts';
import { stoppedPage } from './origin.ts';

/** A page that stops again within this time would stop for ever. */
const soonMs = 60_000;

/** Loads a page again whose process ended, once; after a second end a page without a script says what happened. */
export function recoverPage(
  window: ShellWindow,
  page: string,
  onReloaded: () => void,
  now: () => number = () => performance.now(),
): void {
  let last = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const again = now() - last < soonMs;
    last = now();
    void window.loadURL(again ? stoppedPage : page).then(
      () => {
        if (!again) onReloaded();
      },
      () => undefined,
    );
  });
}
