import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Two pages, for the main window and the quick prompt; relative addresses, so that any host and scheme can serve them. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte(), detectorFiles(), ...(mode === 'fixture' ? [inMemory()] : [])],
  worker: { format: 'es' },
  build: {
    outDir: join(import.meta.dirname, '..', 'dist', mode === 'fixture' ? 'fixture' : 'renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    // The content security policy allows no data: address but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        main: join(import.meta.dirname, 'index.html'),
        quick: join(import.meta.dirname, 'quick.html'),
      },
    },
  },
}));

/** The model of detection beside the pages, under names that the services' process knows too. */
function detectorFiles(): Plugin {
  const folder = join(import.meta.dirname, '..', 'app', 'detect', 'weights');
  return {
    name: 'detector',
    generateBundle() {
      for (const name of ['detector.onnx', 'detector.json', 'vocabulary.txt']) {
        this.emitFile({
          type: 'asset',
          fileName: `detector/${name}`,
          source: readFileSync(join(folder, name)),
        });
      }
    },
  };
}

/**
 * `--mode fixture` puts the contract in memory in place of the port. No import leads to it, so no build for use can
 * hold it.
 */
function inMemory(): Plugin {
  const port = join(import.meta.dirname, 'bridge', 'open-port.ts');
  return {
    name: 'contract-in-memory',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!source.endsWith('/open-port.ts')) return null;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      return found?.id === port ? join(import.meta.dirname, 'bridge', 'memory.fixture.ts') : found;
    },
  };
}
