/** Which certificate a server may show, on a real server with a real one. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { certificate } from '../egress/certificates.fixture.ts';
import { filePinStore } from '../egress/pins.ts';
import { installation } from '../installation/installation.ts';
import { serverBinary, startBundledServer } from './bundled-server.ts';
import type { BundledServer } from './bundled-server.ts';
import { openProfile } from './profile.ts';
import type { Profile } from './profile.ts';
import { connectNamed } from './server-choice.ts';

const isBuilt = existsSync(serverBinary()) && existsSync(installation.defaultPack);
if (!isBuilt) console.log('skipped: the bundled server or its pack is not built');

const other = certificate(0);
const { signal } = new AbortController();

describe.skipIf(!isBuilt)('a server for ephemeral keys', () => {
  let running: BundledServer;
  let profile: Profile;
  beforeAll(async () => {
    running = await startBundledServer({ packs: [installation.defaultPack], threads: 1 });
  });
  afterAll(() => running.stop());
  beforeEach(() => {
    const home = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    profile = openProfile('default', home);
  });

  const reach = async (acceptCertificate?: string) => {
    const accepted = acceptCertificate === undefined ? {} : { acceptCertificate };
    const { address } = running;
    const connection = await connectNamed({ address, profile, ephemeral: true, signal, ...accepted });
    connection.close();
    return connection;
  };

  it('is met, and not remembered', async () => {
    expect(await reach()).toMatchObject({ identity: running.identity, isNewServer: true });
    expect(existsSync(profile.pinsFile)).toBe(false);
  });

  it('must show the certificate that the profile knows, or the one that the user accepts for this run', async () => {
    const peer = running.address.slice('https://'.length);
    await filePinStore(profile.pinsFile).set(peer, other);
    const before = readFileSync(profile.pinsFile, 'utf8');
    await expect(reach()).rejects.toMatchObject({ reason: 'certificate-changed' });
    expect(await reach(running.identity)).toMatchObject({ identity: running.identity, isNewServer: true });
    expect(readFileSync(profile.pinsFile, 'utf8')).toBe(before);
  });
});
