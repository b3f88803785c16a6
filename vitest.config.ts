import { compileModule } from 'svelte/compiler';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The page's state, compiled for the page: a compilation for a server has no effects and nothing that is derived anew.
  plugins: [
    {
      name: 'svelte-state',
      transform: (code, id) =>
        id.endsWith('.svelte.ts') ? compileModule(code, { filename: id, generate: 'client' }).js : null,
    },
  ],
  test: {
    include: ['app/**/*.test.ts', 'main/**/*.test.ts', 'renderer/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests with real servers and models share two cores; a limit is for hangs, never a measurement.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
