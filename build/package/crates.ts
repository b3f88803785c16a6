import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../lint/report.ts';

export interface Crate {
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly manifest_path: string;
}

interface Metadata {
  readonly packages: readonly (Crate & { readonly id: string })[];
  readonly workspace_members: readonly string[];
  readonly resolve: {
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: 'dev' | 'build' | null }[];
      }[];
    }[];
  };
}

/**
 * Crates of others that these workspace members need on this machine: not for their tests, not for their build
 * scripts. Procedural macros are among them, though only what they wrote is in the binary.
 */
export function linkedCrates(members: readonly string[]): Crate[] {
  const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))?.[1] ?? '';
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform', host];
  const options = { cwd: join(root, 'native'), maxBuffer: 1 << 28, encoding: 'utf8' } as const;
  const metadata = JSON.parse(
    execFileSync('cargo', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] }),
  ) as Metadata;
  const crates = new Map(metadata.packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id)?.deps ?? []) {
      if (kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  for (const id of metadata.workspace_members) {
    if (members.includes(crates.get(id)?.name ?? '')) visit(id);
  }
  return [...seen].flatMap((id) => (metadata.workspace_members.includes(id) ? [] : (crates.get(id) ?? [])));
}
