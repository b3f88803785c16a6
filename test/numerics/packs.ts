/** Packs for these tests, made by the sotto-pack of this checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gpt2Size, Values } from './checkpoint.ts';
import { writeCheckpoint } from './checkpoint.ts';

const root = join(import.meta.dirname, '..', '..');
const builder = process.env.SOTTO_PACK_BINARY ?? join(root, 'native', 'target', 'release', 'sotto-pack');

/** The default pack, where the set-up has made it. */
export const defaultPack = join(root, 'native', 'target', 'packs', 'sotto-14m');

/** Why no pack can be made here, if so. */
export const missingBuilder = existsSync(builder)
  ? undefined
  : 'skipped: sotto-pack is not built (npm run setup)';

/** A temporary folder of model directories and packs. */
export class PackFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'sotto-numerics-'));

  /** Makes a pack `name` of a model with these weights. @returns its folder. */
  make(name: string, size: Gpt2Size, values: Values, options: readonly string[] = []): string {
    const from = join(this.dir, `${name}-model`);
    writeCheckpoint(from, size, values);
    return this.build(name, from, options);
  }

  /** Makes a pack `name` of a model directory. @returns its folder. */
  build(name: string, from: string, options: readonly string[] = []): string {
    const out = join(this.dir, name);
    execFileSync(builder, ['build', '--from', from, '--out', out, '--name', name, ...options], {
      stdio: 'pipe',
    });
    return out;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
