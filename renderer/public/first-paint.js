/* global document, localStorage, matchMedia */
// Before anything is painted: the theme and text size that were chosen last. See state/appearance.svelte.ts.
try {
  const chosen = JSON.parse(localStorage.getItem('sotto.appearance') ?? '{}');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const { dataset } = document.documentElement;
  dataset.theme =
    chosen.theme === 'dark' || chosen.theme === 'light' ? chosen.theme : dark ? 'dark' : 'light';
  dataset.textSize = chosen.textSize ?? 'normal';
} catch {
  // The page does it itself a moment later.
}
