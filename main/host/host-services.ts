/** What the services' process may ask the web host for. */
import type { HostServices } from '../../app/contract/contract.ts';
import { forkNode } from '../vault/keychain/fork-node.ts';
import { runKeychainChild } from '../vault/keychain/run-child.ts';
import type { Confirmations } from './confirmations.ts';
import type { Terminal } from './terminal.ts';

export interface HostServicesOptions {
  readonly confirmations: Confirmations;
  readonly terminal: Terminal;
  /** Where packs are installed from: a browser has no dialog for a folder. */
  readonly packFolder: string | null;
}

export function createHostServices(options: HostServicesOptions): HostServices {
  const { confirmations, terminal, packFolder } = options;
  return {
    host: {
      confirm: async ({ question, detail }, signal) => ({
        confirmed: await confirmations.ask(question, detail, signal),
      }),
      chooseFolder: async () => ({ path: packFolder }),
      applySettings: async () => ({ shortcutTaken: false }),
      async notify({ title, body }) {
        terminal.say(`${title}: ${body}`);
        return {};
      },
      keychain: async ({ request, limitMs }) => ({
        answer: await runKeychainChild(forkNode, request, limitMs),
      }),
    },
  };
}
