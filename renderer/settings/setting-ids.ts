/** The ids of a setting's title and sentence in the page, for what they name. */
import type { SettingId } from './sections.ts';

export const titleId = (id: SettingId) => `setting-${id}`;
export const sentenceId = (id: SettingId) => `setting-${id}-says`;
