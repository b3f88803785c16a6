import type { settings } from '../../app/contract/settings.ts';
import type { SettingsState } from '../../app/contract/settings.ts';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import type { AppContext } from './app-context.ts';
import { createListeners } from './listeners.ts';
import { watch } from './watch.ts';

/** Answers `settings`; the host's shortcut and start at login follow the stored settings. */
export function createSettingsService(
  context: Pick<AppContext, 'settings' | 'host' | 'signal'>,
): ServiceImplementation<typeof settings> {
  const { host } = context;
  const listeners = createListeners<SettingsState>();
  /** What the host could not do of it. */
  let problems: Pick<SettingsState, 'shortcutTaken' | 'startAtLoginFailed'> = {};
  /** What the host was told last. */
  let applied = '';

  const current = (): SettingsState => ({ ...context.settings.state(), ...problems });
  const applyNow = async (state: SettingsState): Promise<void> => {
    const { shortcuts, startAtLogin } = state.settings;
    const wish = { quickPrompt: shortcuts.quickPrompt, startAtLogin };
    // While the vault is closed the settings are not known: the host stays as it is.
    if (!state.stored || JSON.stringify(wish) === applied) return;
    applied = JSON.stringify(wish);
    try {
      const { shortcutTaken, startAtLoginFailed } = await host.applySettings(wish, context.signal);
      problems = {
        ...(shortcutTaken && { shortcutTaken }),
        ...(startAtLoginFailed && { startAtLoginFailed }),
      };
    } catch {
      // The host is going away, or has neither; it is told again with the next change.
      applied = '';
    }
  };
  /** One after the other, so that what the host was told last is what is stored. */
  let applying = Promise.resolve();
  const apply = (state: SettingsState) => (applying = applying.then(() => applyNow(state)));
  const changed = async (state: SettingsState): Promise<void> => {
    await apply(state);
    listeners.tell(current());
  };
  const stop = context.settings.onChange((state) => void changed(state));
  context.signal.addEventListener('abort', stop, { once: true });
  void changed(context.settings.state());

  return {
    get: () => Promise.resolve(current()),
    async set(patch) {
      await apply(context.settings.change(withoutUndefined(patch)));
      return current();
    },
    async reset() {
      await apply(context.settings.reset());
      return current();
    },
    watch: (_, signal) =>
      watch<SettingsState>(
        (tell) => {
          tell(current());
          return listeners.add(tell);
        },
        AbortSignal.any([signal, context.signal]),
      ),
  };
}

function withoutUndefined<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
