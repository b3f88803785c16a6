import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../build/lint/report.ts';

it.each(['index.html', 'quick.html'])('%s is for no translation service of the browser', (page) => {
  const text = readFileSync(join(root, 'renderer', page), 'utf8');
  expect(text).toMatch(/<html [^>]*translate="no"/);
  expect(text).toContain('<meta name="google" content="notranslate" />');
});

it('no page changes its title, which browsers and desktops write down', () => {
  const sources = globSync('renderer/**/*.{svelte,ts,js}', { cwd: root });
  expect(sources.length).toBeGreaterThan(100);
  const changing = sources.filter((source) =>
    /document\.title|<svelte:head|<title/.test(readFileSync(join(root, source), 'utf8')),
  );
  expect(changing).toEqual([]);
});
