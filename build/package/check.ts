/**
 * Packs the application with a stand-in for Electron's program, and says what is wrong with the package. Everything
 * but that program is as in a real package, so this runs where Electron's cannot be had.
 *
 * Usage: node build/package/check.ts [--list]
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Arch, build, Platform } from 'electron-builder';
import config from '../electron-builder.ts';
import { report, root } from '../lint/report.ts';
import { budget, inspectPackage, readAll } from './inspect.ts';
import { prepare } from './prepare.ts';

/** This machine, as `platform-arch`; the check packs for Linux alone. */
export const machine = `${process.platform}-${process.arch}`;

/** @returns the folder of the unpacked application. `prepare` must have run. */
export async function packForCheck(scratch: string, name: string): Promise<string> {
  const electronDist = join(scratch, 'electron');
  writeStandIn(electronDist);
  await build({
    projectDir: root,
    targets: Platform.LINUX.createTarget('dir', Arch[process.arch as 'x64' | 'arm64']),
    publish: 'never',
    config: {
      ...config(),
      electronDist,
      directories: { ...config().directories, output: join(scratch, name) },
    },
  });
  return join(scratch, name, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
}

/** The files of Electron's distribution that packing touches; the program is only its table of fuses. */
function writeStandIn(folder: string): void {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  // The sentinel, the table's version and length, and a digit for each fuse (@electron/fuses).
  const table = Buffer.concat([
    Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([1, 8]),
    Buffer.from('11111111'),
  ]);
  writeFileSync(
    join(folder, 'electron'),
    Buffer.concat([Buffer.from('#!/bin/sh\n# '), table, Buffer.from('\n')]),
  );
  chmodSync(join(folder, 'electron'), 0o755);
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as {
    version: string;
  };
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), readFileSync(join(root, 'node_modules/electron/LICENSE')));
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '');
  for (const language of ['de', 'en-US', 'fr']) writeFileSync(join(folder, 'locales', `${language}.pak`), '');
}

/** SHA-256 of every file of a folder, by path. */
export function digests(folder: string): Map<string, string> {
  const hash = (body: Buffer) => createHash('sha256').update(body).digest('hex');
  return new Map([...readAll(folder)].map(([path, body]) => [path, hash(body)]));
}

/** Paths whose files differ, or are in one folder only. */
export function differences(one: Map<string, string>, other: Map<string, string>): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path)).sort();
}

if (import.meta.main) {
  const scratch = mkdtempSync(join(tmpdir(), 'sotto-package-'));
  try {
    await prepare();
    const folder = await packForCheck(scratch, 'first');
    const facts = await inspectPackage(folder, 'sotto', machine);
    if (process.argv.includes('--list')) {
      for (const path of facts.archive) process.stdout.write(`app.asar/${path}\n`);
      for (const path of facts.native) process.stdout.write(`${path} (native)\n`);
    }
    await prepare();
    const again = await packForCheck(scratch, 'second');
    const changed = differences(digests(folder), digests(again)).map(
      (path) => `${path} differs when packed again.`,
    );
    process.stdout.write(
      `${facts.archive.length} files in the archive, ${facts.native.length} native files beside it, ` +
        `${Math.ceil(facts.bytes / 1e6)} MB of ${budget} MB without Electron\n`,
    );
    report([...facts.findings, ...changed]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
