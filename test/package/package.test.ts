/** The application as it is packed: what is inside, that packing it again gives the same, and that its JavaScript runs. */
import { extractAll } from '@electron/asar';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../app/contract/client.ts';
import { servicesContract } from '../../app/contract/contract.ts';
import type { HostServices } from '../../app/contract/contract.ts';
import { differences, digests, machine, packForCheck } from '../../build/package/check.ts';
import { inspectPackage } from '../../build/package/inspect.ts';
import type { PackageFacts } from '../../build/package/inspect.ts';
import { prepare } from '../../build/package/prepare.ts';
import { root } from '../../build/lint/report.ts';
import { forkChild } from '../../main/process/fork-child.ts';
import { createSupervisor } from '../../main/process/supervisor.ts';
import type { Supervisor } from '../../main/process/supervisor.ts';
import { openProfile } from '../../main/services/profile.ts';

const isBuilt = existsSync(join(root, 'native/addon/sotto.node'));
if (!isBuilt) console.warn('skipped: the native files are not built (npm run setup)');

const scratch = mkdtempSync(join(tmpdir(), 'sotto-package-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(process.platform !== 'linux' || !isBuilt)('a package', () => {
  let folder: string;
  let facts: PackageFacts;
  beforeAll(async () => {
    await prepare();
    folder = await packForCheck(scratch, 'first');
    facts = await inspectPackage(folder, 'sotto', machine);
  });

  it('holds what it needs and nothing else, within its budget', () => {
    expect(facts.findings).toEqual([]);
  });

  it('holds code for every process', () => {
    for (const name of [
      'main.js',
      'preload.cjs',
      'services-process.js',
      'keychain-child.js',
      'passphrase-worker.js',
    ]) {
      expect(facts.archive).toContain(`dist/app/${name}`);
    }
  });

  it('has a preload that requires Electron alone', () => {
    const extracted = join(scratch, 'preload');
    extractAll(join(folder, 'resources', 'app.asar'), extracted);
    const text = readFileSync(join(extracted, 'dist/app/preload.cjs'), 'utf8');
    expect([...text.matchAll(/require\((.*?)\)/g)].map(([, name]) => name)).toEqual(['"electron"']);
    expect(text).not.toMatch(/^import |\bimport\(/m);
  });

  it('lists its components with licences and their texts, in an order of its own', () => {
    const documents = join(folder, 'resources', 'documents');
    const sbom: { components: { name: string; version: string; purl: string }[] } = JSON.parse(
      readFileSync(join(documents, 'sbom.cdx.json'), 'utf8'),
    );
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const urls = sbom.components.map(({ purl }) => purl);
    expect(urls).toEqual([...urls].sort());
    for (const wanted of [
      'pkg:npm/electron@',
      'pkg:npm/onnxruntime-node@',
      'pkg:npm/svelte@',
      'pkg:cargo/tonic@',
    ]) {
      expect(
        urls.some((url) => url.startsWith(wanted)),
        wanted,
      ).toBe(true);
    }
    for (const unwanted of ['vitest', 'ws@', 'eslint', 'playwright', 'proptest', 'cargo/r-efi']) {
      expect(
        urls.filter((url) => url.includes(unwanted)),
        unwanted,
      ).toEqual([]);
    }
    expect(JSON.stringify(sbom)).not.toMatch(/"timestamp"|\/root\/|\/home\//);
    const texts = readFileSync(join(documents, 'THIRD-PARTY.txt'), 'utf8');
    const named = texts.slice(texts.indexOf('='.repeat(80)));
    const untold = sbom.components.filter(({ name, version }) => !named.includes(`${name} ${version}`));
    expect(untold.map(({ name }) => name)).toEqual([]);
  });

  it('is the same when it is packed again', async () => {
    const again = await packForCheck(scratch, 'second');
    expect(differences(digests(folder), digests(again))).toEqual([]);
  });

  describe('under plain Node', () => {
    let supervisor: Supervisor;
    const client = () => createClient(servicesContract, supervisor.transport);
    const home = join(scratch, 'home');

    beforeAll(() => {
      // Electron reads the archive as a folder; Node finds a folder of that name.
      const resources = join(scratch, 'resources');
      mkdirSync(resources);
      extractAll(join(folder, 'resources', 'app.asar'), join(resources, 'app.asar'));
      for (const name of ['native', 'packs', 'documents', 'icons']) {
        symlinkSync(join(folder, 'resources', name), join(resources, name));
      }
      // Nothing is found in this checkout by mistake.
      renameSync(resources, join(scratch, 'elsewhere'));
      supervisor = createSupervisor({
        spawn: () => forkChild(join(scratch, 'elsewhere/app.asar/dist/app/services-process.js')),
        start: { version: '0.1.0', profile: openProfile('default', home) },
        host: hostWithoutKeychain,
        onRestart: () => undefined,
      });
    });
    afterAll(() => supervisor.close());

    it('says what it is, with the components of the package', async () => {
      const about = await client().system.about({});
      expect(about).toMatchObject({ version: '0.1.0' });
      const names = about.licences.map(({ name }) => name);
      expect(names).toContain('tonic');
      expect(names).toContain('svelte');
      expect(names).not.toContain('vitest');
    });

    it('plans an answer with the model of the package', async () => {
      const plan = await client().plan.preview(draft('Write to Rosa Almeida, 212-555-0123.'));
      expect(plan.preview.rows.protected).toBeGreaterThan(0);
    });

    it('answers with the addon, the worker and the server of the package', async () => {
      const { keys, plan, assistant } = client();
      await keys.create({ storage: 'passphrase', passphrase: 'only for this test', replace: false });
      const question = draft('Write to Rosa Almeida, 212-555-0123.');
      const { id } = await plan.preview(question);
      const stop = new AbortController();
      const { record } = await assistant.send(
        { draft: question, plan: id },
        { onItem: ({ type }) => type === 'text' && stop.abort(), signal: stop.signal },
      );
      expect(record.receipt.engine).toBe('encrypted');
      expect(record.receipt.verified.products).toBeGreaterThan(0);
      expect(record.receipt.verified.failed).toBe(0);
    });
  });
});

const hostWithoutKeychain: HostServices = {
  host: {
    confirm: async () => ({ confirmed: false }),
    chooseFolder: async () => ({ path: null }),
    applySettings: async () => ({ shortcutTaken: false }),
    notify: async () => ({}),
    keychain: async () => ({ answer: JSON.stringify({ ok: false, at: 'open', reason: 'no bus' }) }),
  },
};

function draft(text: string) {
  return {
    ...{ conversation: null, replaces: null, policy: null, pack: null, server: null },
    ...{ text, edits: { marked: [], unmarked: [] } },
  };
}
