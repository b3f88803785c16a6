import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const main = join(import.meta.dirname, '..');

/** The packages that a module imports before it does anything, by their names. */
function packagesOf(file: string): string[] {
  const watch = `import { registerHooks } from 'node:module';
    const found = new Set();
    registerHooks({ resolve(specifier, context, next) {
      const result = next(specifier, context);
      const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(result.url) ?? [];
      if (name) found.add(name);
      return result;
    } });
    process.on('exit', () => console.log(JSON.stringify([...found])));`;
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(watch)}`, file],
    { encoding: 'utf8' },
  );
  return (JSON.parse(stdout) as string[]).sort();
}

it('starts without what answers, detects or connects: each is loaded when it is first used', () => {
  expect(packagesOf(join(main, 'egress', 'connection.ts'))).toContain('@grpc/grpc-js');
  // It ends at once: nobody forked it.
  expect(packagesOf(join(main, 'process', 'services-process.ts'))).toEqual(['valibot']);
});
