/** Says whether there is a newer version, when it is asked. It never downloads one, and asks nobody by itself. */
import { Failure } from '../../app/failure/failure.ts';

/** Where versions are published. Reading it goes through the one door, as everything does. */
export interface UpdateFeed {
  /** The newest version, `major.minor.patch`. */
  latest(): Promise<string>;
}

export interface Updater {
  readonly configured: boolean;
  /** The newer version, or `null`. @throws Failure with reason `unsupported-here` without a feed. */
  checkForUpdate(): Promise<string | null>;
}

export function createUpdater(current: string, feed: UpdateFeed | null): Updater {
  return {
    configured: feed !== null,
    async checkForUpdate() {
      if (!feed) {
        throw new Failure('usage', 'This build names no place where newer versions are published.', {
          reason: 'unsupported-here',
          next: 'Look for a newer version where this one came from.',
        });
      }
      const latest = await feed.latest();
      return isNewer(latest, current) ? latest : null;
    },
  };
}

function isNewer(one: string, other: string): boolean {
  const [left, right] = [numbersOf(one), numbersOf(other)];
  if (!left || !right) return false;
  const at = left.findIndex((number, index) => number !== right[index]);
  return at !== -1 && (left[at] ?? 0) > (right[at] ?? 0);
}

function numbersOf(version: string): number[] | null {
  return /^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version) ? version.split('.').map(Number) : null;
}
