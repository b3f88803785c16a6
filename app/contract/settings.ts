/** What the user chose. Stored encrypted; own words are secrets themselves. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { finite, id, kind, line, list, nothing, packName, policy, text, whole } from './shapes.ts';

const ownWord = v.strictObject({ text: line(200), kind, pattern: v.boolean() });
const allowed = v.strictObject({ text: line(1000), confirmed: v.boolean() });
/** The most own words, and the most entries of the allow-list. */
export const mostOwnEntries = 5000;
const share = v.pipe(finite, v.minValue(0), v.maxValue(1));

export const settingsSchema = v.strictObject({
  /** For new questions. */
  policy,
  /** `null` is the pack that comes with Sotto. */
  pack: v.nullable(packName),
  /** `null` is the bundled server on this machine. */
  server: v.nullable(id),
  sampling: v.strictObject({
    temperature: v.pipe(finite, v.minValue(0), v.maxValue(10)),
    /** Over 0: of no probability at all there is no token to choose. */
    topP: v.pipe(share, v.gtValue(0)),
    topK: whole(0, 1_000_000),
    seed: v.nullable(whole(0, Number.MAX_SAFE_INTEGER)),
    maxTokens: v.nullable(whole(1, 1_000_000)),
  }),
  history: v.strictObject({
    /** Off: nothing of a conversation is written; it lasts until the window closes. */
    enabled: v.boolean(),
    /** Conversations not touched for so many days are deleted; `null` keeps them. */
    deleteAfterDays: v.nullable(whole(1, 3650)),
  }),
  detection: v.strictObject({
    /** Kinds that detection does not mark. */
    kindsOff: list(kind, 100),
    threshold: share,
    words: list(ownWord, mostOwnEntries),
    allow: list(allowed, mostOwnEntries),
    placeholders: v.boolean(),
    /** Countries whose phone numbers are read without a country code, the likeliest first (ISO 3166 alpha-2). */
    regions: list(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/)), 20),
  }),
  appearance: v.strictObject({
    theme: v.picklist(['system', 'light', 'dark']),
    textSize: v.picklist(['small', 'normal', 'large', 'largest']),
    motion: v.picklist(['system', 'reduced']),
    language: v.picklist(['system', 'en', 'de']),
  }),
  shortcuts: v.strictObject({
    /** An accelerator in Electron's spelling; empty turns it off. */
    quickPrompt: text(60),
  }),
  startAtLogin: v.boolean(),
  /** The three screens of the first run were passed. */
  welcomed: v.boolean(),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

export const defaultSettings: Settings = {
  policy: 'exact',
  pack: null,
  server: null,
  // As `defaultMaxNewTokens` of app/plan: the command line has the same.
  sampling: { temperature: 0, topP: 1, topK: 0, seed: null, maxTokens: 128 },
  history: { enabled: true, deleteAfterDays: null },
  detection: {
    kindsOff: [],
    threshold: 0.4,
    words: [],
    allow: [],
    placeholders: false,
    regions: ['US', 'GB', 'DE', 'FR', 'ES', 'IT'],
  },
  appearance: { theme: 'system', textSize: 'normal', motion: 'system', language: 'system' },
  shortcuts: { quickPrompt: 'Alt+Space' },
  startAtLogin: false,
  welcomed: false,
};

/** Settings as they are; `stored` is false while the vault is closed, and they are the defaults then. */
const state = v.strictObject({
  settings: settingsSchema,
  stored: v.boolean(),
  /** Groups whose records cannot be read as a whole: they show what can be, and nothing is sent until they are set or reset. */
  damaged: v.optional(list(v.string(), 100)),
  /** The chosen shortcut belongs to another program. */
  shortcutTaken: v.optional(v.boolean()),
  /** The system did not let the start at login be set as chosen. */
  startAtLoginFailed: v.optional(v.boolean()),
});
export type SettingsState = v.InferOutput<typeof state>;

export const settings = {
  get: call({ in: nothing, out: state }),
  /** Replaces whole groups: `{ history: {...} }`. Fails while the vault is closed. */
  set: call({ in: v.partial(settingsSchema), out: state }),
  /** Back to the defaults; own words and the allow-list stay. */
  reset: call({ in: nothing, out: state }),
  /** The state now, and after each change. Ends only when stopped. */
  watch: stream({ in: nothing, item: state, out: nothing }),
};
