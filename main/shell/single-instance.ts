/** One process per profile: another start hands its link to this one and ends. */
import type { ShellElectron } from './electron.ts';
import { linkIn, prefillOf } from './deep-link.ts';

export interface InstanceActions {
  /** The user started Sotto again. */
  show(): void;
  prefill(text: string): void;
}

/** @returns whether this is the first instance; a later one has to quit. */
export function claimInstance(
  { app }: Pick<ShellElectron, 'app'>,
  args: readonly string[],
  actions: InstanceActions,
): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  const open = (link: string | undefined) => {
    const text = link === undefined ? null : prefillOf(link);
    if (text !== null) actions.prefill(text);
  };
  app.on('second-instance', (_event, argv) => {
    actions.show();
    open(linkIn(argv));
  });
  // macOS sends links as events, also the one that started the application.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(url);
  });
  open(linkIn(args));
  // A development run would register the bare Electron for everybody's links.
  if (app.isPackaged) app.setAsDefaultProtocolClient('sotto');
  return true;
}
