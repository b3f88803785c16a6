/** What the services' process may ask Electron's shell for. */
import type { HostServices } from '../../app/contract/contract.ts';
import { runKeychainChild } from '../vault/keychain/run-child.ts';
import type { ShellElectron, ShellWindow } from './electron.ts';
import { notify } from './notifications.ts';
import { forkKeychain } from './utility-child.ts';
import type { Words } from './words.ts';

export interface HostServicesOptions {
  readonly electron: Pick<ShellElectron, 'dialog' | 'Notification' | 'utilityProcess'>;
  /** Brings the main window forward; dialogues belong to it. */
  readonly showMain: () => ShellWindow;
  readonly words: () => Words;
  /** @returns whether another program has the keys. */
  readonly applyShortcut: (accelerator: string) => boolean;
  /** @throws what the file system says where it may not be written. */
  readonly applyAutostart: (on: boolean) => void;
}

export function createHostServices(options: HostServicesOptions): HostServices {
  const { electron, words, showMain } = options;
  return {
    host: {
      async confirm({ question, detail }) {
        const { confirm, cancel } = words();
        // Cancel is what Enter, Esc and the closing of the dialogue mean.
        const { response } = await electron.dialog.showMessageBox(showMain(), {
          type: 'question',
          title: 'Sotto',
          message: question,
          detail,
          buttons: [cancel, confirm],
          defaultId: 0,
          cancelId: 0,
          noLink: true,
          normalizeAccessKeys: false,
        });
        return { confirmed: response === 1 };
      },
      async chooseFolder() {
        const options = { properties: ['openDirectory'] } satisfies { properties: ['openDirectory'] };
        const { canceled, filePaths } = await electron.dialog.showOpenDialog(showMain(), options);
        return { path: canceled ? null : (filePaths[0] ?? null) };
      },
      async applySettings({ quickPrompt, startAtLogin }) {
        const shortcutTaken = options.applyShortcut(quickPrompt);
        try {
          options.applyAutostart(startAtLogin);
          return { shortcutTaken };
        } catch {
          return { shortcutTaken, startAtLoginFailed: true };
        }
      },
      async notify(text) {
        notify(electron, text, () => void showMain());
        return {};
      },
      async keychain({ request, limitMs }) {
        return { answer: await runKeychainChild((path) => forkKeychain(electron, path), request, limitMs) };
      },
    },
  };
}
