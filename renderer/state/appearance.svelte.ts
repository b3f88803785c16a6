/** Theme, text size, motion and language, on the page and mirrored for the next first paint. Nothing private. */
import { defaultSettings, type Settings } from '../../app/contract/settings.ts';
import { language, systemLanguage, type Language } from '../language/t.svelte.ts';
import { appearanceName } from './appearance-name.ts';
import { session } from './session.svelte.ts';

type Appearance = Settings['appearance'];

let applied: Appearance = defaultSettings.appearance;

export const appearance = {
  /** Follows the settings; while the vault is closed, what was chosen last. */
  start(): void {
    apply(stored());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => apply(applied));
    window.addEventListener('languagechange', () => apply(applied));
    $effect.root(() => {
      $effect(() => {
        if (!session.settingsStored) return;
        apply(session.settings.appearance);
        localStorage.setItem(appearanceName, JSON.stringify(session.settings.appearance));
      });
    });
  },
};

function apply(chosen: Appearance): void {
  applied = chosen;
  const { dataset } = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  dataset['theme'] = chosen.theme === 'system' ? (dark ? 'dark' : 'light') : chosen.theme;
  dataset['textSize'] = chosen.textSize;
  dataset['motion'] = chosen.motion;
  language.set(pseudo() ?? (chosen.language === 'system' ? systemLanguage() : chosen.language));
  document.documentElement.lang = language.current;
}

/** `?language=en-XA` shows the pseudo-locale, for tests of the interface. */
function pseudo(): Language | null {
  return new URLSearchParams(location.search).get('language') === 'en-XA' ? 'en-XA' : null;
}

function stored(): Appearance {
  const { appearance: fallback } = defaultSettings;
  try {
    const found: unknown = JSON.parse(localStorage.getItem(appearanceName) ?? '{}');
    return typeof found === 'object' ? { ...fallback, ...found } : fallback;
  } catch {
    return fallback;
  }
}
