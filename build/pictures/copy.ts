/**
 * Copies the pictures that the documents show from where the browser tests leave them.
 *
 * Usage: npm run test:e2e && node build/pictures/copy.ts
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const from = join(root, 'dist', 'pictures');
const to = join(root, 'docs', 'pictures');

const documents = [
  join(root, 'README.md'),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, 'docs', name)),
];
const names = new Set(
  documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/pictures\/([a-z0-9-]+\.png)/g)].map(([, name]) => name ?? ''),
  ),
);
const missing = [...names].filter((name) => !existsSync(join(from, name)));
if (missing.length > 0) {
  console.error(`Not there yet: ${missing.join(', ')}. Run: npm run test:e2e`);
  process.exit(1);
}
mkdirSync(to, { recursive: true });
for (const name of names) copyFileSync(join(from, name), join(to, name));
console.log(`${names.size} pictures`);
