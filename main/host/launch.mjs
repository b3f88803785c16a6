#!/usr/bin/env node
/**
 * `npm start` and `npm run web`: the application of this checkout, from its bundle in dist/app, which the set-up keeps
 * up to date with its sources. Nine hundred modules of TypeScript take a second to load, the bundle a fifth of that.
 * This file is plain JavaScript because Node would load a compiler for anything else.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');
const host = join(root, 'dist', 'app', 'host.js');

if (!existsSync(host)) {
  execFileSync(process.execPath, [join(root, 'build', 'package', 'bundle.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
// Compiled code, of this process and of those that it forks.
const { directory } = enableCompileCache(join(root, 'dist', 'compile-cache'));
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] = directory;
// Places in errors are those of the sources.
process.setSourceMapsEnabled(true);
await import(pathToFileURL(host).href);
