/** The settings of the profile: one encrypted record for each group, so that one that is damaged takes no other along. */
import * as v from 'valibot';
import { defaultSettings, mostOwnEntries, settingsSchema } from '../../app/contract/settings.ts';
import type { Settings, SettingsState } from '../../app/contract/settings.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { Store } from '../store/store.ts';
import type { SettingsKeeper, StoreKeeper } from './app-context.ts';
import { createListeners } from './listeners.ts';

type Group = keyof Settings;
const groups = Object.keys(defaultSettings) as Group[];
const patchSchema = v.partial(settingsSchema);

interface Read {
  readonly settings: Settings;
  readonly damaged: readonly Group[];
}

export function createSettingsKeeper(store: StoreKeeper): SettingsKeeper {
  const listeners = createListeners<SettingsState>();
  let read: Read | undefined;

  const load = () => {
    const open = store.current();
    read = open && readSettings(open);
  };
  const state = (): SettingsState => ({
    settings: read?.settings ?? defaultSettings,
    stored: read !== undefined,
    ...(read && read.damaged.length > 0 ? { damaged: [...read.damaged] } : {}),
  });
  const write = (patch: Partial<Settings>): SettingsState => {
    const open = store.require();
    const entries = Object.entries<unknown>(patch).map(
      ([group, value]) => [entryName(group), value] as const,
    );
    open.writeEntries(Object.fromEntries(entries));
    load();
    listeners.tell(state());
    return state();
  };

  store.onChange(() => {
    load();
    listeners.tell(state());
  });
  load();
  return {
    current: () => read?.settings ?? defaultSettings,
    require() {
      store.require();
      if (read && read.damaged.length > 0) throw damagedSettings(read.damaged);
      return read?.settings ?? defaultSettings;
    },
    state,
    change(patch) {
      if (v.is(patchSchema, patch)) return write(patch);
      throw new Failure('usage', 'These settings are out of bounds. Nothing was changed.', {
        reason: 'invalid-request',
      });
    },
    reset() {
      const { words, allow } = (read?.settings ?? defaultSettings).detection;
      const { welcomed } = read?.settings ?? defaultSettings;
      return write({
        ...defaultSettings,
        detection: { ...defaultSettings.detection, words, allow },
        welcomed,
      });
    },
    onChange: (listener) => listeners.add(listener),
  };
}

function readSettings(store: Store): Read {
  const damaged: Group[] = [];
  const entries = groups.map((group) => {
    try {
      const stored = store.readEntry(entryName(group));
      const { value, lost } =
        group === 'detection' ? detectionOf(stored) : { value: valid(group, stored), lost: false };
      if (lost) damaged.push(group);
      return [group, value];
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'data-damaged') throw error;
      damaged.push(group);
      return [group, defaultSettings[group]];
    }
  });
  return { settings: v.parse(settingsSchema, Object.fromEntries(entries)), damaged };
}

/** What another version wrote: fields that are not known any more are dropped, missing and unfit ones are the defaults. */
function valid(group: Group, stored: unknown): unknown {
  const schema: v.GenericSchema = settingsSchema.entries[group];
  const fallback: unknown = defaultSettings[group];
  if (stored === undefined) return fallback;
  if (!isObject(stored) || !isObject(fallback) || !('entries' in schema))
    return fitting(schema, stored, fallback);
  const fields = schema.entries as Record<string, v.GenericSchema>;
  return Object.fromEntries(
    Object.entries(fields).map(([field, of]) => [
      field,
      field in stored ? fitting(of, stored[field], fallback[field]) : fallback[field],
    ]),
  );
}

/** As `valid`, and whether anything is lost of what the user said about own words. */
function detectionOf(stored: unknown): { readonly value: unknown; readonly lost: boolean } {
  const value = valid('detection', stored);
  if (stored === undefined) return { value, lost: false };
  if (!isObject(stored) || !isObject(value)) return { value, lost: true };
  const { words, allow } = settingsSchema.entries.detection.entries;
  const own = entriesOf(words.item, stored['words']);
  const allowed = entriesOf(allow.item, stored['allow']);
  return {
    value: { ...value, words: own.entries, allow: allowed.entries },
    lost: own.lost || allowed.lost,
  };
}

/** The entries of a list that fit, as many as it takes; without fields that are not known any more. */
function entriesOf({ entries }: { readonly entries: v.ObjectEntries }, stored: unknown = []) {
  if (!Array.isArray(stored)) return { entries: [], lost: true };
  const entry = v.object(entries);
  const fit = stored.filter((one) => v.is(entry, one)).map((one) => v.parse(entry, one));
  return {
    entries: fit.slice(0, mostOwnEntries),
    lost: fit.length < stored.length || fit.length > mostOwnEntries,
  };
}

function fitting(schema: v.GenericSchema, value: unknown, fallback: unknown): unknown {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : fallback;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entryName(group: string): string {
  return `settings/${group}`;
}

function damagedSettings(damaged: readonly Group[]): Failure {
  return new Failure(
    'pack',
    `The settings "${damaged.join(', ')}" are damaged on the disk. Nothing was sent.`,
    {
      reason: 'data-damaged',
      next: 'Set them again, or reset the settings.',
      facts: { groups: damaged.join(', ') },
    },
  );
}
