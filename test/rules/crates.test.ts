import { expect, test } from 'vitest';
import type { CargoMetadata } from '../../build/lint/cargo-metadata.ts';
import { checkCrates } from '../../build/lint/crates.ts';

type Kind = 'dev' | 'build' | null;

/** A workspace of these crates, each with its dependencies. */
function workspace(
  crates: Readonly<Record<string, readonly (string | readonly [string, Kind])[]>>,
): CargoMetadata {
  const packages = Object.entries(crates).map(([name, dependencies]) => ({
    id: `path+file:///${name}`,
    name,
    version: '0.1.0',
    license: 'Apache-2.0',
    dependencies: dependencies.map((entry) =>
      typeof entry === 'string' ? { name: entry, kind: null } : { name: entry[0], kind: entry[1] },
    ),
  }));
  return { packages, workspace_members: packages.map(({ id }) => id) };
}

const clean = {
  lattice: ['rand_core'],
  'sotto-wire': ['prost'],
  'sotto-addon': ['lattice', 'napi'],
  'sotto-pack': ['lattice'],
  'sotto-server': ['lattice', 'sotto-wire', 'tonic'],
  'sotto-fuzz': ['lattice', 'sotto-pack', 'libfuzzer-sys'],
};

test('the arrows as they should be', () => {
  expect(checkCrates(workspace(clean))).toEqual([]);
});

test.each([
  ['lattice', 'sotto-wire'],
  ['sotto-wire', 'lattice'],
  ['sotto-addon', 'sotto-wire'],
  ['sotto-pack', 'sotto-server'],
  ['sotto-server', 'sotto-pack'],
  ['sotto-server', 'sotto-fuzz'],
  ['sotto-fuzz', 'sotto-server'],
])('%s may not depend on %s', (from, to) => {
  expect(checkCrates(workspace({ ...clean, [from]: [to] }))).toEqual([`${from}: may not depend on ${to}`]);
  expect(checkCrates(workspace({ ...clean, [from]: [[to, 'build']] }))).toHaveLength(1);
});

test('tests may use what the crate may not', () => {
  expect(checkCrates(workspace({ ...clean, 'sotto-server': [['sotto-pack', 'dev']] }))).toEqual([]);
});

test('a new crate needs an entry', () => {
  expect(checkCrates(workspace({ ...clean, 'sotto-new': [] }))).toEqual([
    'sotto-new: has no entry in build/lint/crates.ts',
  ]);
});
