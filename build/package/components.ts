/**
 * What an installed application consists of besides Sotto itself: npm packages that are in the bundle, the page or the
 * package, crates that are in the two native files, and Electron. Read from the lock files and from the installed
 * packages' own licence texts.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../lint/report.ts';
import { linkedCrates } from './crates.ts';
import { missingText } from './missing-texts.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** Package URL (https://github.com/package-url/purl-spec). */
  readonly purl: string;
  /** From the lock file; `null` where it names none. */
  readonly hash: { readonly algorithm: 'SHA-256' | 'SHA-512'; readonly hex: string } | null;
  /** The texts that came with it. */
  readonly texts: readonly string[];
}

/** @param packages keys of package-lock.json. @throws Error for one that it does not know. */
export function npmComponents(packages: readonly string[]): Component[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  return packages.map((path) => {
    const entry = lock.packages[path];
    const name = path.replace(/^.*node_modules\//, '');
    if (!entry?.version || !entry.license)
      throw new Error(`${name} has no version or licence in package-lock.json.`);
    const [algorithm, base64] = (entry.integrity ?? '').split(/-(.*)/s);
    return {
      name,
      version: entry.version,
      licence: entry.license.replace(/^\((.*)\)$/, '$1'),
      purl: `pkg:npm/${name.replace('@', '%40')}@${entry.version}`,
      hash:
        algorithm === 'sha512' && base64
          ? { algorithm: 'SHA-512', hex: Buffer.from(base64, 'base64').toString('hex') }
          : null,
      texts: licenceTexts(join(root, path), name),
    };
  });
}

interface PackageLock {
  readonly packages: Readonly<Record<string, { version?: string; license?: string; integrity?: string }>>;
}

/** What cargo linked into these workspace members. */
export function crateComponents(members: readonly string[]): Component[] {
  const checksums = cargoChecksums();
  return linkedCrates(members).map(({ name, version, license, manifest_path: manifest }) => {
    const checksum = checksums.get(`${name} ${version}`);
    return {
      name,
      version,
      licence: (license ?? 'NOASSERTION').replaceAll('/', ' OR '),
      purl: `pkg:cargo/${name}@${version}`,
      hash: checksum === undefined ? null : { algorithm: 'SHA-256', hex: checksum },
      texts: licenceTexts(dirname(manifest), name),
    };
  });
}

/** `name version` to the SHA-256 of its archive. */
function cargoChecksums(): ReadonlyMap<string, string> {
  const lock = readFileSync(join(root, 'native', 'Cargo.lock'), 'utf8');
  const entry = /name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]{64})"/g;
  return new Map(
    [...lock.matchAll(entry)].map(([, name, version, sum]) => [`${name} ${version}`, sum ?? '']),
  );
}

function licenceTexts(folder: string, name: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const texts = files
    .filter((file) => file.isFile() && /^(?:licen[cs]e|copying|notice|copyright)/i.test(file.name))
    .map((file) => file.name)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  const missing = missingText(name);
  return texts.length === 0 && missing !== undefined ? [missing] : texts;
}

/** By package URL, byte by byte, each once: the same on every machine. */
export function sorted(components: readonly Component[]): Component[] {
  const byUrl = new Map(components.map((component) => [component.purl, component]));
  return [...byUrl.keys()].sort().flatMap((purl) => byUrl.get(purl) ?? []);
}
