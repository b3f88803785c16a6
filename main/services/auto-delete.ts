import { Failure } from '../../app/failure/failure.ts';
import type { AppContext } from './app-context.ts';

const dayMs = 24 * 60 * 60 * 1000;
const everyMs = 60 * 60 * 1000;

/**
 * Deletes conversations that were not touched for as many days as the settings say: when the store opens, when the
 * settings change, and every hour. Ends with the process.
 */
export function startAutoDelete(
  context: Pick<AppContext, 'store' | 'settings' | 'signal'>,
  now: () => number = Date.now,
): void {
  const run = () => {
    const { settings, stored } = context.settings.state();
    const days = settings.history.deleteAfterDays;
    if (!stored || days === null) return;
    try {
      context.store.current()?.removeUntouchedSince(now() - days * dayMs);
    } catch (error) {
      // A full disk: tried again in an hour, and whatever writes next says so to the user.
      if (!(error instanceof Failure)) throw error;
    }
  };
  // The settings are read anew when the store is opened, and tell it.
  const stop = context.settings.onChange(run);
  const timer = setInterval(run, everyMs).unref();
  context.signal.addEventListener(
    'abort',
    () => {
      stop();
      clearInterval(timer);
    },
    { once: true },
  );
  run();
}
