import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal } from './terminal.ts';

/** Builds the page where it is not there yet; the set-up keeps it up to date with its sources. */
export async function buildPageIfMissing(
  root: string,
  pageFolder: string,
  terminal: Terminal,
): Promise<void> {
  if (existsSync(join(pageFolder, 'index.html'))) return;
  terminal.say('Building the page of the window ...');
  const { build } = await import('vite');
  await build({
    root: join(root, 'renderer'),
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'error',
  });
}
