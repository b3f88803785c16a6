/**
 * Everything that a package is made of but Electron: the bundle, the pages, the lists of components and licences.
 *
 * Usage: node build/package/prepare.ts     then: electron-builder --config build/electron-builder.ts
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { Plugin } from 'vite';
import { root } from '../lint/report.ts';
import { bundleApp } from './bundle.ts';
import { crateComponents, npmComponents, sorted } from './components.ts';
import type { Component } from './components.ts';
import { renderNotices } from './notices.ts';
import { packageOf } from './packages.ts';
import { renderSbom } from './sbom.ts';

/** Apart from dist/app and dist/renderer, which development runs write at any time. */
const folder = join(root, 'dist', 'package');

/** @returns the components of the package that can be made now. */
export async function prepare(): Promise<readonly Component[]> {
  const packages = new Set([
    ...(await buildPages()),
    ...(await bundleApp(join(folder, 'app'))),
    'node_modules/onnxruntime-common',
    ...keyring(),
    'node_modules/electron',
  ]);
  const components = sorted([
    ...npmComponents([...packages]),
    ...crateComponents(['sotto-addon', 'sotto-server']),
  ]);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  writeFileSync(join(folder, 'sbom.cdx.json'), renderSbom(version, components));
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), renderNotices(components));
  const listed = components.map(({ name, version, licence }) => ({ name, version, licence }));
  writeFileSync(join(folder, 'app', 'components.json'), `${JSON.stringify(listed)}\n`);
  return components;
}

/** The pages for production. @returns keys in package-lock.json of the packages that are in them. */
async function buildPages(): Promise<string[]> {
  const found = new Set<string>();
  const collect: Plugin = {
    name: 'components',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        const files = part.type === 'chunk' ? part.moduleIds : [];
        for (const name of files.map(packageOf)) if (name !== null) found.add(name);
      }
    },
  };
  await build({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: join(folder, 'renderer') },
    plugins: [collect],
    worker: { plugins: () => [collect] },
  });
  return [...found];
}

/** The keychain's native part comes as one package for each machine. */
function keyring(): string[] {
  const base = `node_modules/@napi-rs/keyring-${process.platform}-${process.arch}`;
  return [base, `${base}-gnu`, `${base}-musl`, `${base}-msvc`].filter((name) => existsSync(join(root, name)));
}

if (import.meta.main) {
  const components = await prepare();
  process.stdout.write(`dist is ready to be packed; ${components.length} components\n`);
}
