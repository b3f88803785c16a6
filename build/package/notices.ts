import type { Component } from './components.ts';

/** The licence texts of all components; one that several share stands once, after their names. */
export function renderNotices(components: readonly Component[]): string {
  const byText = new Map<string, Component[]>();
  for (const component of components) {
    for (const text of component.texts) byText.set(text, [...(byText.get(text) ?? []), component]);
  }
  const list = components.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const texts = [...byText].map(([text, users]) => {
    const names = users.map(({ name, version }) => `${name} ${version}`).join(', ');
    return `${'='.repeat(80)}\n${names}\n${'='.repeat(80)}\n\n${text}\n`;
  });
  return [
    'Sotto contains parts of the following works. Electron and Chromium bring their own lists beside this one:',
    'LICENSE.electron.txt and LICENSES.chromium.html.',
    '',
    ...list,
    '',
    ...texts,
  ].join('\n');
}
