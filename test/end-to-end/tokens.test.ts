/** A provider's token on the way to servers: it goes to the one that it is for. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openProfile } from '../../main/services/profile.ts';
import { openVault } from '../../main/vault/open-vault.ts';
import type { Vault } from '../../main/vault/vault.ts';
import { sotto, temporaryHome } from './sotto.ts';

const passphrase = 'correct horse battery staple';

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers every call with an empty message, and remembers the authorization of each. */
async function startProvider(): Promise<{ address: string; authorizations: (string | undefined)[] }> {
  const authorizations: (string | undefined)[] = [];
  const server = createHttp2Server();
  server.on('stream', (stream, { authorization }) => {
    authorizations.push(authorization);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  return { address: `http://127.0.0.1:${await listening(server)}`, authorizations };
}

/** An address with TLS that nobody has met; counts who comes. */
async function startUnknown(): Promise<{ address: string; contacts: () => number }> {
  let contacts = 0;
  const server = createTcpServer((socket) => {
    contacts += 1;
    socket.on('error', () => undefined).destroy();
  });
  return { address: `https://127.0.0.1:${await listening(server)}`, contacts: () => contacts };
}

/** A profile under a passphrase, and the command line on it, on a machine without a keychain. */
async function openProfileWithout() {
  const home = await temporaryHome();
  const file = join(home, 'passphrase');
  await writeFile(file, `${passphrase}\n`);
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
  const keys = (...args: string[]) =>
    sotto(['keys', ...args, '--passphrase-file', file, '--json'], { home, env });
  const created = await keys('create');
  expect(created.code, created.stderr).toBe(0);
  /** With the profile's vault, which is closed again before a command opens it. */
  const inVault = async <T>(use: (vault: Vault) => T): Promise<T> => {
    const { dir, name } = openProfile('default', home);
    const state = await openVault({ profileDir: dir, profileName: name });
    if (state.state !== 'passphrase') throw new Error(`the profile is ${state.state}`);
    const vault = await state.unlock(passphrase);
    try {
      return use(vault);
    } finally {
      vault.close();
    }
  };
  return { home, keys, inVault };
}

describe('keys rotate and keys revoke', () => {
  it('give a token to the server that it is for, and meet nobody', async () => {
    const { home, keys, inVault } = await openProfileWithout();
    const [mine, another, unknown] = [await startProvider(), await startProvider(), await startUnknown()];
    await inVault((vault) => {
      const { keyId } = vault.latticeKey('cli');
      for (const { address } of [mine, another, unknown]) vault.recordUpload({ server: address, keyId });
    });
    const token = join(home, 'token');
    await writeFile(token, 'sotto_SECRET\n');

    for (const wrong of [
      ['rotate', '--token-file', token],
      ['revoke', '--server', mine.address],
      ['revoke', '--server', 'nowhere', '--token-file', token],
      ['rotate', '--server', mine.address, '--token-file', join(home, 'tokne')],
    ]) {
      const refused = await keys(...wrong);
      expect([refused.code, refused.json.error.code]).toEqual([2, 'usage']);
    }
    expect(await inVault((vault) => vault.pendingDeletions())).toEqual([]);

    const done = await keys('rotate', '--server', `${mine.address}/`, '--token-file', token);
    expect(done.code, done.stderr).toBe(0);
    expect(mine.authorizations).toEqual(['Bearer sotto_SECRET']);
    expect(another.authorizations).toEqual([undefined]);
    expect(unknown.contacts()).toBe(0);
    expect(done.json.deletions).toMatchObject({
      deleted: [{ server: mine.address }, { server: another.address }],
      pending: [{ server: unknown.address, reason: 'its certificate is not known here' }],
    });
    await expect(readFile(openProfile('default', home).pinsFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
