/** Checks the licence of every crate and npm package that the lock files name. Usage: node build/lint/licences.ts */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCargoMetadata } from './cargo-metadata.ts';
import { report, root } from './report.ts';

/** Licences that an Apache-2.0 program may be shipped with. */
const shippable = new Set([
  ...[
    '0BSD',
    'Apache-2.0',
    'Apache-2.0 WITH LLVM-exception',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BSL-1.0',
    'CC0-1.0',
  ],
  ...['ISC', 'MIT', 'MIT-0', 'Unicode-3.0', 'Unlicense', 'Zlib', 'BlueOak-1.0.0'],
]);
/** Licences of tools: used here, part of nothing that is shipped. */
const tools = new Set([...shippable, 'MPL-2.0', 'CC-BY-4.0', 'NCSA', 'Python-2.0', 'WTFPL']);
/** Zama's, without a patent grant: for parts that a user may leave out, and on which nothing else depends. */
const optional = new Set([...shippable, 'BSD-3-Clause-Clear']);

export interface Package {
  readonly name: string;
  /** An SPDX expression; the old form with `/` for OR is read too. */
  readonly licence: string | null | undefined;
  readonly use: 'shipped' | 'tool' | 'optional';
}

export function checkLicences(packages: readonly Package[]): string[] {
  const sets = { shipped: shippable, tool: tools, optional };
  return packages
    .filter(({ licence, use }) => !licence || !isAllowed(licence, sets[use]))
    .map(
      ({ name, licence, use }) =>
        `${name}: ${licence ?? 'no licence'} is not on the list for a part that is ${use}`,
    );
}

/** Whether an SPDX expression can be fulfilled with licences of the set. */
export function isAllowed(expression: string, licences: ReadonlySet<string>): boolean {
  const tokens = expression.replace(/\//g, ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (): boolean => {
    let allowed = both();
    while (tokens[at] === 'OR') {
      at += 1;
      allowed = both() || allowed;
    }
    return allowed;
  };
  const both = (): boolean => {
    let allowed = one();
    while (tokens[at] === 'AND') {
      at += 1;
      allowed = one() && allowed;
    }
    return allowed;
  };
  const one = (): boolean => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === '(') {
      const allowed = either();
      at += 1;
      return allowed;
    }
    if (tokens[at] !== 'WITH') return licences.has(token);
    at += 2;
    return licences.has(`${token} WITH ${tokens[at - 1] ?? ''}`);
  };
  return either() && at >= tokens.length;
}

interface PackageLock {
  readonly packages: Readonly<
    Record<string, { license?: string; dev?: boolean; optional?: boolean; devOptional?: boolean }>
  >;
}

function npmPackages(): Package[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      licence: entry.license,
      use: entry.dev || entry.devOptional ? 'tool' : entry.optional ? 'optional' : 'shipped',
    }));
}

function crates(workspace: string, use: Package['use']): Package[] {
  return readCargoMetadata(workspace).packages.map(({ name, license }) => ({ name, licence: license, use }));
}

if (import.meta.main) {
  const all = [...npmPackages(), ...crates('native', 'shipped'), ...crates('native/fuzz', 'tool')];
  report(checkLicences(all));
}
