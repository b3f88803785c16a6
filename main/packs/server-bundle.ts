/** The half of a pack that a server reads. A client only copies and verifies it, for the server that comes with Sotto. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';
import { verifyFiles } from './bundle.ts';
import type { BundleFile } from './manifest.ts';
import { maxManifestBytes } from './manifest.ts';
import type { Pack } from './pack.ts';
import { manifestFile, serverFolder } from './pack.ts';

export interface ServerBundle {
  readonly dir: string;
  readonly files: readonly BundleFile[];
}

/** What a client needs of it; the server checks the whole. */
const serverManifest = v.looseObject({
  format: v.literal('sotto-server-pack/1'),
  data: v.looseObject({
    file: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/)),
    bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
});

/** Whether this machine may serve the pack: whether it has its server half, sound or not. */
export async function hasServerBundle(root: string): Promise<boolean> {
  return (await stat(join(root, serverFolder, manifestFile)).catch(() => undefined))?.isFile() ?? false;
}

/** The id of the pack whose server half lies there, sound or not; nothing when this machine has none. */
export async function serverBundleId(root: string): Promise<string | undefined> {
  if (!(await hasServerBundle(root))) return undefined;
  const bytes = await readFile(join(root, serverFolder, manifestFile)).catch(() => undefined);
  return bytes && idOf(bytes);
}

/**
 * Reads the list of a pack's server half, and verifies its manifest; `null` when this machine has none.
 * @throws Failure `pack` when it is damaged or another pack's.
 */
export async function readServerBundle(pack: Pack): Promise<ServerBundle | null> {
  const dir = join(pack.root, serverFolder);
  const path = join(dir, manifestFile);
  const facts = await stat(path).catch(() => undefined);
  if (!facts) return null;
  const damaged = (what: string) =>
    new Failure('pack', `The pack at ${pack.root} is damaged: its server half ${what}.`, {
      reason: 'pack-damaged',
    });
  if (!facts.isFile() || facts.size > maxManifestBytes) throw damaged('has no readable manifest');
  const bytes = await readFile(path);
  if (idOf(bytes) !== pack.id) throw damaged('is of another pack');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), serverManifest), bytes.toString('utf8'));
  if (!parsed.success) throw damaged('has a manifest of another format');
  const { file, bytes: length, sha256 } = parsed.output.data;
  const files = [{ path: file, bytes: length, sha256 }];
  return { dir, files };
}

/** The same with its files verified. @throws as `readServerBundle`. */
export async function verifiedServerBundle(pack: Pack, signal?: AbortSignal): Promise<ServerBundle | null> {
  const bundle = await readServerBundle(pack);
  if (bundle) await verifyFiles(bundle.dir, bundle.files, signal);
  return bundle;
}

/** A pack's id is the hash of its server half's manifest. */
function idOf(manifest: Uint8Array): string {
  return createHash('sha256').update(manifest).digest('hex');
}
