/** The search field of the settings: every word must occur in a setting's title, sentence or synonyms. */
import { settings as english } from '../language/en/settings.ts';
import { settings as german } from '../language/de/settings.ts';
import { sections } from './sections.ts';
import type { SettingId } from './sections.ts';

interface Searchable {
  readonly id: SettingId;
  readonly words: string;
}

/** Both languages at once: whoever knows a setting by its other name finds it too. */
const index: readonly Searchable[] = sections.flatMap((section) =>
  section.settings.map((id) => ({
    id,
    words: [english, german]
      .flatMap((texts) => [
        texts[`section_${section.id}`],
        texts[id],
        texts[`${id}Says`],
        texts[`${id}Words`],
      ])
      .map(folded)
      .join(' '),
  })),
);

/** From so many letters on, the inside of a word is searched too: German puts words together. */
const insideFrom = 4;

/** The settings that have every word of the query, be it unfinished; all of them for an empty query. */
export function searchSettings(query: string): ReadonlySet<SettingId> {
  const wanted = folded(query).split(' ').filter(Boolean);
  const found = index.filter(({ words }) =>
    wanted.every((word) =>
      word.length < insideFrom ? ` ${words}`.includes(` ${word}`) : words.includes(word),
    ),
  );
  return new Set(found.map(({ id }) => id));
}

/** Lower case, without accents, punctuation as spaces. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
