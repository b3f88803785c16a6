/** Checks which crate of ours depends on which. Usage: node build/lint/crates.ts */
import { readCargoMetadata, type CargoMetadata } from './cargo-metadata.ts';
import { report } from './report.ts';

/** Each crate of ours, with those of ours that it may depend on; tests may use others. */
const arrows = new Map<string, readonly string[]>([
  ['lattice', []],
  ['sotto-wire', []],
  ['sotto-addon', ['lattice']],
  ['sotto-pack', ['lattice']],
  ['sotto-server', ['lattice', 'sotto-wire']],
  ['sotto-fuzz', ['lattice', 'sotto-pack']],
]);

export function checkCrates(metadata: CargoMetadata): string[] {
  const members = metadata.packages.filter(({ id }) => metadata.workspace_members.includes(id));
  return members.flatMap((member) => {
    const allowed = arrows.get(member.name);
    if (!allowed) return [`${member.name}: has no entry in build/lint/crates.ts`];
    return member.dependencies
      .filter(({ name, kind }) => kind !== 'dev' && arrows.has(name) && !allowed.includes(name))
      .map(({ name }) => `${member.name}: may not depend on ${name}`);
  });
}

if (import.meta.main) {
  report(['native', 'native/fuzz'].flatMap((workspace) => checkCrates(readCargoMetadata(workspace))));
}
