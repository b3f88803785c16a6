import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './report.ts';

/** The part of `cargo metadata` (format version 1) that the checks read. */
export interface CargoMetadata {
  readonly packages: readonly CargoPackage[];
  readonly workspace_members: readonly string[];
}

export interface CargoPackage {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly dependencies: readonly { readonly name: string; readonly kind: 'dev' | 'build' | null }[];
}

/** Of a workspace: that of the product, or that of `native/fuzz`. */
export function readCargoMetadata(workspace = 'native'): CargoMetadata {
  const args = ['metadata', '--format-version', '1', '--locked'];
  const output = execFileSync('cargo', args, {
    cwd: join(root, workspace),
    maxBuffer: 1 << 28,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as CargoMetadata;
}
