/**
 * Settings that are saved at once: what the user chose shows immediately, and goes back when it could not be stored.
 * Saves run one after the other; what is chosen while one runs goes out together after it.
 */
import type { Settings } from '../../app/contract/settings.ts';

export type Patch = Partial<Settings>;

export interface SaverOptions {
  /** Rejects when nothing of it was stored. */
  readonly save: (patch: Patch) => Promise<unknown>;
  /** What is chosen and not stored yet, to be laid over what is stored. */
  readonly onPending: (pending: Patch) => void;
}

export interface Saver {
  change(patch: Patch): void;
  /** Resolves when nothing waits to be stored. */
  settled(): Promise<void>;
}

export function createSaver({ save, onPending }: SaverOptions): Saver {
  let pending: Patch = {};
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (Object.keys(pending).length > 0) {
      const sent = pending;
      try {
        await save(sent);
      } catch {
        // What is stored shows again; `save` has said why.
      }
      pending = without(pending, sent);
      onPending(pending);
    }
    running = undefined;
  }

  return {
    change(patch) {
      pending = { ...pending, ...patch };
      onPending(pending);
      running ??= run();
    },
    settled: () => running ?? Promise.resolve(),
  };
}

/** What was chosen anew since it was sent stays. */
function without(pending: Patch, sent: Patch): Patch {
  const rest = Object.entries(pending).filter(([key, value]) => sent[key as keyof Settings] !== value);
  return Object.fromEntries(rest);
}
