import type { ShellElectron } from './electron.ts';

/** Shows a notice of the services. The system keeps notices, so none of them quotes a prompt or an answer. */
export function notify(
  { Notification }: Pick<ShellElectron, 'Notification'>,
  text: { readonly title: string; readonly body: string },
  onClick: () => void,
): void {
  if (!Notification.isSupported()) return;
  const notice = new Notification({ ...text, silent: true });
  notice.on('click', onClick);
  notice.show();
}
