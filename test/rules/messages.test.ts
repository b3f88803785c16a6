import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../build/lint/report.ts';
import { en } from '../../renderer/language/en/index.ts';

/**
 * Of a message whose name is put together, as `settings.theme_${theme}`, each part that is filled in must stand somewhere
 * as a name: in quotes, or before a colon.
 */
it('every message of the interface is said somewhere', () => {
  const sources = globSync(['renderer/**/*.{svelte,ts}', 'app/**/*.ts'], { cwd: root })
    .filter((path) => !/language[/\\](en|de)[/\\]|\.test\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const names = new Set(
    [...sources.matchAll(/['"]([\w-]+)['"]|\b(\w+):/g)].map(([, quoted, key]) => quoted ?? key),
  );
  const areas = Object.keys(en).join('|');
  // The search of the settings reads their messages by their names alone.
  const said = sources.replaceAll('texts[`', 't(`settings.');
  const used = [...said.matchAll(new RegExp(`(['"\`])((?:${areas})\\.[^'"\`\\s]*)\\1`, 'g'))].map(
    ([, , key = '']) => patternOf(key),
  );
  const unused = Object.entries(en).flatMap(([area, messages]) =>
    Object.keys(messages)
      .map((name) => `${area}.${name}`)
      .filter(
        (key) =>
          !used.some((pattern) =>
            pattern
              .exec(key)
              ?.slice(1)
              .every((part) => names.has(part)),
          ),
      ),
  );
  expect(unused).toEqual([]);
});

/** Captures what is filled in. */
function patternOf(key: string): RegExp {
  const fixed = key.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&'));
  return new RegExp(`^${fixed.join('([\\w-]+)')}$`);
}
