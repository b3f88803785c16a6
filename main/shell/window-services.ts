/** What Electron's shell answers of a window's own matters. */
import { join } from 'node:path';
import type { WindowServices } from '../../app/contract/contract.ts';
import { maxPromptLength } from '../../app/contract/shapes.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { ShellElectron, ShellWindow } from './electron.ts';
import type { Updater } from './updater.ts';
import type { WindowEvents } from './window-events.ts';

export interface WindowServicesOptions {
  readonly electron: Pick<ShellElectron, 'app' | 'clipboard' | 'shell'>;
  readonly window: ShellWindow;
  readonly events: WindowEvents;
  /** The folder of the documents that come with Sotto. */
  readonly documents: string;
  readonly updater: Updater;
  readonly quick: { show(): void; hide(): void };
  /** Brings the main window forward and tells its page. */
  readonly tellMain: WindowEvents['push'];
}

/** A page names a document, never a path. */
const documents = {
  security: 'security.md',
  'threat-model': 'threat-model.md',
  'user-guide': 'user-guide.md',
  licence: 'LICENSE.txt',
} as const;

export function createWindowServices(options: WindowServicesOptions): WindowServices {
  const { electron, window, events, updater, quick, tellMain } = options;
  return {
    window: {
      async about() {
        const can = { tray: true, globalShortcut: true, chooseFolder: true, readClipboard: true };
        const startAtLogin = electron.app.isPackaged;
        return {
          host: 'electron',
          platform: process.platform,
          can: { ...can, startAtLogin, update: updater.configured },
        };
      },
      async *events(_input, signal) {
        yield* events.read(signal);
        return {};
      },
      // A dialogue asks here, never the page.
      confirm: async () => ({ accepted: false }),
      async readClipboard() {
        if (!window.isFocused()) {
          throw new Failure('refused', 'The clipboard is read only for the window that is in front.');
        }
        return { text: (await electron.clipboard.readText()).slice(0, maxPromptLength) };
      },
      async showQuickPrompt() {
        quick.show();
        return {};
      },
      async hideQuickPrompt() {
        quick.hide();
        return {};
      },
      async continueInMain({ conversation, draft }) {
        quick.hide();
        tellMain({ type: 'continue', conversation, draft });
        return {};
      },
      async openDocument({ document }) {
        const problem = await electron.shell.openPath(join(options.documents, documents[document]));
        if (problem === '') return {};
        throw new Failure('usage', 'The document could not be opened.', {
          reason: 'not-found',
          next: `Read ${documents[document]} in the folder of Sotto.`,
        });
      },
      checkForUpdate: async () => ({ version: await updater.checkForUpdate() }),
    },
  };
}
