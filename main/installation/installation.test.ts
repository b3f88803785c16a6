import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries, installation, installationAt } from './installation.ts';
import type { Entry } from './installation.ts';

describe('an installation', () => {
  it('from the sources uses what the checkout built', () => {
    expect(installation.packaged).toBe(false);
    expect(installation.addon.endsWith(join('native', 'addon', 'sotto.node'))).toBe(true);
    for (const name of Object.keys(entries) as Entry[]) {
      expect(installation.entry(name).endsWith('.ts')).toBe(true);
    }
    expect(existsSync(installation.entry('keychain-child'))).toBe(true);
  });

  it('from the bundle of a checkout starts bundled processes on what the checkout built', () => {
    const bundled = installationAt('/sotto/dist/app', 'linux');
    expect(bundled.packaged).toBe(false);
    expect(bundled.entry('services-process')).toBe('/sotto/dist/app/services-process.js');
    expect(bundled.serverBinary).toBe('/sotto/native/target/release/sotto-server');
  });

  it('packaged keeps code inside the archive and native files beside it', () => {
    const packaged = installationAt('/opt/Sotto/resources/app.asar/dist/app', 'win32');
    expect(packaged.packaged).toBe(true);
    expect(packaged).toMatchObject({
      addon: '/opt/Sotto/resources/native/sotto.node',
      serverBinary: '/opt/Sotto/resources/native/sotto-server.exe',
      defaultPack: '/opt/Sotto/resources/packs/sotto-14m',
      renderer: '/opt/Sotto/resources/app.asar/dist/renderer',
      detector: '/opt/Sotto/resources/app.asar/dist/renderer/detector',
      documents: '/opt/Sotto/resources/documents',
      icons: '/opt/Sotto/resources/icons',
      components: '/opt/Sotto/resources/app.asar/dist/app/components.json',
    });
    expect(packaged.entry('keychain-child')).toBe('/opt/Sotto/resources/app.asar/dist/app/keychain-child.js');
  });
});
