/** What must be in a package, what must not, and how large it may be. */
import { getRawHeader, listPackage, extractFile } from '@electron/asar';
import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { machineOf } from './machine.ts';

export interface PackageFacts {
  /** What is wrong, one sentence each; nothing when the package is as it should be. */
  readonly findings: readonly string[];
  /** Paths in the archive, folders left out. */
  readonly archive: readonly string[];
  /** Paths of native files outside it, from the resources folder. */
  readonly native: readonly string[];
  /** Bytes of all that is ours: resources without Electron's own program. */
  readonly bytes: number;
}

/** Megabytes that a package may have beside Electron: ONNX Runtime, for both of its engines, is half of it, the two models a quarter. */
export const budget = 120;

/** Where each file of the archive must belong. */
const places = [
  /^package\.json$/,
  /^dist\/app\/[\w-]+\.(?:js|cjs|json)$/,
  /^dist\/renderer\/(?:[\w-]+\.html|first-paint\.js|assets\/[\w.-]+\.(?:js|css|svg|wasm|woff2)|detector\/(?:detector\.(?:onnx|json)|vocabulary\.txt))$/,
  /^node_modules\/onnxruntime-node\/(?:package\.json|dist\/[\w-]+\.js|bin\/napi-v6\/[\w-]+\/[\w-]+\/[\w.-]+)$/,
  /^node_modules\/onnxruntime-common\/(?:package\.json|dist\/cjs\/[\w-]+\.(?:js|json))$/,
  /^node_modules\/@napi-rs\/keyring\/(?:package\.json|index\.js|LICENSE)$/,
  /^node_modules\/@napi-rs\/keyring-[\w-]+\/(?:package\.json|[\w.-]+\.node|LICENSE[\w.-]*)$/,
];
/** Folders of the sources that no bundle may hold a part of; the bundler names the source of each part. */
const unshipped = /^\/\/#region ((?:main\/(?:host|cli)|test|build)\/.*|.*\.(?:test|fixture)\.\w+)$/gm;

/** Files that must be in the archive: the model of detection, for the pages and for the last check alike. */
const neededInside = ['onnx', 'json']
  .map((ending) => `dist/renderer/detector/detector.${ending}`)
  .concat('dist/renderer/detector/vocabulary.txt');

/** Files that must lie beside the archive, from the resources folder. */
const needed = [
  'packs/sotto-14m/client/manifest.json',
  'packs/sotto-14m/server/manifest.json',
  'icons/tray.png',
  'icons/trayTemplate.png',
  'icons/256.png',
  'documents/LICENSE.txt',
  'documents/NOTICE.txt',
  'documents/THIRD-PARTY.txt',
  'documents/sbom.cdx.json',
  'documents/security.md',
];

/**
 * @param folder an unpacked application. @param program its executable.
 * @param machine `platform-arch` that it is for.
 */
export async function inspectPackage(
  folder: string,
  program: string,
  machine: string,
): Promise<PackageFacts> {
  const resources = join(folder, 'resources');
  const asar = join(resources, 'app.asar');
  const archive = listPackage(asar, { isPack: false })
    .map((path) => path.replaceAll('\\', '/').replace(/^\//, ''))
    .filter((path) => entryOf(asar, path) !== 'folder');
  const outside = filesBelow(resources).filter((path) => path !== 'app.asar');
  const native = outside.filter((path) => machineOf(join(resources, path)) !== null);
  const bytes = filesBelow(resources).reduce((sum, path) => sum + statSync(join(resources, path)).size, 0);
  const findings = [
    ...archive
      .filter((path) => !places.some((place) => place.test(path)))
      .map((path) => `${path} is in the archive.`),
    ...archive
      .filter((path) => /\.(?:node|so|so\..*|dylib|dll|exe)$/.test(path))
      .flatMap((path) =>
        entryOf(asar, path) === 'unpacked' ? [] : [`${path} is native and inside the archive.`],
      ),
    ...unshippedParts(asar, archive),
    ...foreign(resources, native, machine),
    ...missingNative(native, machine),
    ...neededInside.filter((path) => !archive.includes(path)).map((path) => `${path} is missing.`),
    ...needed.filter((path) => !existsSync(join(resources, path))).map((path) => `${path} is missing.`),
    ...unlicensed(asar),
    ...manifestFindings(asar),
    ...(await fuseFindings(join(folder, program))),
    ...(bytes > budget * 1_000_000
      ? [`${Math.ceil(bytes / 1e6)} MB are more than the budget of ${budget} MB.`]
      : []),
  ];
  return { findings, archive, native, bytes };
}

type Entry = 'folder' | 'packed' | 'unpacked';

function entryOf(asar: string, path: string): Entry {
  interface Node {
    readonly files?: Readonly<Record<string, Node>>;
    readonly unpacked?: boolean;
  }
  let node = headerOf(asar) as Node | undefined;
  for (const part of path.split('/')) node = node?.files?.[part];
  if (node?.files) return 'folder';
  return node?.unpacked ? 'unpacked' : 'packed';
}

const headers = new Map<string, unknown>();
function headerOf(asar: string): unknown {
  const key = `${asar} ${statSync(asar).mtimeMs}`;
  if (!headers.has(key)) headers.set(key, getRawHeader(asar).header);
  return headers.get(key);
}

function unshippedParts(asar: string, archive: readonly string[]): string[] {
  return archive
    .filter((path) => /^dist\/app\/.*js$/.test(path))
    .flatMap((path) =>
      [...extractFile(asar, path).toString('utf8').matchAll(unshipped)].map(
        ([, from]) => `${path} holds ${from}.`,
      ),
    );
}

function foreign(resources: string, native: readonly string[], machine: string): string[] {
  return native.flatMap((path) => {
    const found = machineOf(join(resources, path));
    return found === machine ? [] : [`${path} is for ${found}, the package for ${machine}.`];
  });
}

function missingNative(native: readonly string[], machine: string): string[] {
  const [platform = '', arch = ''] = machine.split('-');
  const server = platform === 'win32' ? 'sotto-server.exe' : 'sotto-server';
  const wanted = [
    /^native\/sotto\.node$/,
    new RegExp(`^native/${server}$`),
    new RegExp(`onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding\\.node$`),
    new RegExp(
      `onnxruntime-node/bin/napi-v6/${platform}/${arch}/(?:lib)?onnxruntime\\.(?:so\\.1|1\\.dylib|dll)$`,
    ),
    new RegExp(`@napi-rs/keyring-${platform}-${arch}[\\w-]*/keyring\\.[\\w.-]+\\.node$`),
  ];
  return wanted
    .filter((one) => !native.some((path) => one.test(path)))
    .map((one) => `No file is ${one.source}.`);
}

function unlicensed(asar: string): string[] {
  const listed = JSON.parse(extractFile(asar, 'dist/app/components.json').toString('utf8')) as {
    name: string;
    licence: string;
  }[];
  if (listed.length === 0) return ['The list of components is empty.'];
  return listed
    .filter(({ licence }) => !licence || licence === 'NOASSERTION')
    .map(({ name }) => `${name} has no licence.`);
}

function manifestFindings(asar: string): string[] {
  const manifest = JSON.parse(extractFile(asar, 'package.json').toString('utf8')) as Record<string, unknown>;
  const unwanted = ['scripts', 'devDependencies'].filter((key) => key in manifest);
  return [
    ...unwanted.map((key) => `package.json still has ${key}.`),
    ...(manifest['main'] === 'dist/app/main.js' ? [] : ['package.json does not start dist/app/main.js.']),
  ];
}

/** As build/electron-builder.ts says them. */
const fuses: readonly (readonly [FuseV1Options, boolean])[] = [
  [FuseV1Options.RunAsNode, false],
  [FuseV1Options.EnableCookieEncryption, true],
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable, false],
  [FuseV1Options.EnableNodeCliInspectArguments, false],
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, true],
  [FuseV1Options.OnlyLoadAppFromAsar, true],
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, false],
  [FuseV1Options.GrantFileProtocolExtraPrivileges, false],
];

/** The digits 1 and 0, as they stand in the program. */
const [switchedOn, switchedOff] = [0x31, 0x30];

async function fuseFindings(program: string): Promise<string[]> {
  const known = Object.values(FuseV1Options).filter(
    (value): value is FuseV1Options => typeof value === 'number',
  );
  const said = new Set<number>(fuses.map(([fuse]) => fuse));
  const unsaid = known.filter((fuse) => !said.has(fuse));
  const wire = await getCurrentFuseWire(program);
  return [
    ...unsaid.map((fuse) => `The fuse ${FuseV1Options[fuse]} is not said.`),
    ...fuses
      .filter(([fuse, on]) => Number(wire[fuse]) !== (on ? switchedOn : switchedOff))
      .map(([fuse, on]) => `The fuse ${FuseV1Options[fuse]} is not ${on ? 'on' : 'off'}.`),
  ];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Reads the whole file: for comparing packages. */
export function readAll(folder: string): Map<string, Buffer> {
  return new Map(filesBelow(folder).map((path) => [path, readFileSync(join(folder, path))]));
}
