import { api, bridge } from '../bridge/api.ts';
import type { Mending } from '../language/failure-text.ts';
import { failures } from './failures.svelte.ts';
import { route } from './route.svelte.ts';

/**
 * Does what the button beside a failure says.
 * @param retry for `try-again`: what failed, once more.
 */
export async function mend(mending: Mending, retry: (() => void) | null): Promise<void> {
  switch (mending) {
    case 'try-again':
      retry?.();
      return;
    case 'ask-keychain':
      try {
        await api.keys.retry({});
        retry?.();
      } catch (error) {
        failures.show(error);
      }
      return;
    case 'open-vault':
      // The frame shows the vault's own screen wherever the vault is closed.
      route.newConversation();
      return;
    case 'show-keys':
      return route.settings('keys');
    case 'show-servers':
      return route.settings('servers');
    case 'show-packs':
      return route.settings('packs');
    case 'show-detection':
      return route.settings('detection');
    case 'reload':
      bridge.retry();
      return;
  }
}
