/** What the web host answers of a window's own matters. A page hides what `can` says no to. */
import type { WindowServices } from '../../app/contract/contract.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { Confirmations } from './confirmations.ts';
import type { OpenPage } from './pages.ts';

export interface WindowServicesOptions {
  readonly page: OpenPage;
  readonly confirmations: Confirmations;
  readonly canChooseFolder: boolean;
}

const documents = {
  security: 'docs/security.md',
  'threat-model': 'docs/threat-model.md',
  'user-guide': 'docs/user-guide.md',
  licence: 'LICENSE',
} as const;

export function createWindowServices(options: WindowServicesOptions): WindowServices {
  const { page, confirmations } = options;
  return {
    window: {
      async about() {
        return {
          host: 'web',
          platform: process.platform,
          can: {
            tray: false,
            globalShortcut: false,
            startAtLogin: false,
            chooseFolder: options.canChooseFolder,
            readClipboard: false,
            update: false,
          },
        };
      },
      async *events(_input, signal) {
        yield* confirmations.open();
        yield* page.events(signal);
        return {};
      },
      async confirm({ id, code }) {
        return { accepted: confirmations.answer(id, code) };
      },
      async readClipboard() {
        throw new Failure('usage', 'A browser lets a page read the clipboard only through a paste.', {
          reason: 'unsupported-here',
          next: 'Paste the text.',
        });
      },
      async showQuickPrompt() {
        page.emit({ type: 'open-quick-prompt' });
        return {};
      },
      async hideQuickPrompt() {
        return {};
      },
      async continueInMain({ conversation, draft }) {
        if (!page.emitToOthers({ type: 'continue', conversation, draft })) {
          throw new Failure('usage', 'There is no other page of Sotto to continue in. Nothing was lost.', {
            reason: 'unsupported-here',
            next: 'Open the address that the terminal printed, then try again.',
          });
        }
        return {};
      },
      async openDocument({ document }) {
        throw new Failure('usage', 'The web host opens no documents outside the page.', {
          reason: 'unsupported-here',
          next: `Read ${documents[document]} in the folder of Sotto.`,
          facts: { document: documents[document] },
        });
      },
      async checkForUpdate() {
        return { version: null };
      },
    },
  };
}
