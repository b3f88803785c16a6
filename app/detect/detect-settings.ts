/** From the user's detection settings to a detector's options, for the page's worker and the main process alike. */
import { isSupportedCountry } from 'libphonenumber-js';
import type { DetectOptions } from './detect.ts';
import { kinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { OwnWord } from './own-words.ts';

/** The settings as the contract carries them. */
export interface DetectSettings {
  /** Kinds that rules do not mark. */
  readonly kindsOff: readonly Kind[];
  /** The lowest score that is marked, 0..1. */
  readonly threshold: number;
  readonly words: readonly { readonly text: string; readonly kind: Kind; readonly pattern: boolean }[];
  readonly allow: readonly { readonly text: string; readonly confirmed: boolean }[];
  readonly placeholders: boolean;
  /** ISO 3166 alpha-2; what is no such country is left out. */
  readonly regions: readonly string[];
}

/** @param more words that are marked beside the user's own, such as those of the conversation. */
export function detectOptionsOf(settings: DetectSettings, more: readonly OwnWord[] = []): DetectOptions {
  const off = new Set(settings.kindsOff);
  return {
    kinds: kinds.filter((kind) => !off.has(kind)),
    threshold: settings.threshold,
    words: [...settings.words, ...more],
    allow: settings.allow,
    placeholders: settings.placeholders,
    regions: settings.regions.filter((region) => isSupportedCountry(region)),
  };
}
