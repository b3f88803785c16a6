import { afterEach, beforeEach, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { foundVault, openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import { uploadKeys } from './key-uploads.ts';

const server = 'https://models.example';
const { signal } = new AbortController();
const keys = new Uint8Array(1000);

let vault: Vault;
/** Key ids at the server, and those of another machine's. */
let there: string[];
let capacity: number;

beforeEach(async () => {
  vault = foundVault(await openVault({ profileDir: '', profileName: 'test', ephemeral: true }));
  there = [];
  capacity = 3;
});
afterEach(() => vault.close());

const hex = (id: Uint8Array) => Buffer.from(id).toString('hex');
const idOf = (scope: string) => vault.latticeKey(scope).keyId;
const onRecord = () => vault.uploadedTo(server).map(hex);

/** @param limit what the server says that it keeps. */
function upload(scope: string, limit = capacity, put: () => Promise<void> = () => Promise.resolve()) {
  const connection = {
    hasKeys: (id: Uint8Array) => Promise.resolve(there.includes(hex(id))),
    async putKeys(id: Uint8Array) {
      if (there.length >= capacity) {
        throw new Failure('server', 'This account has as many keys as it may have.', {
          reason: 'server-busy',
        });
      }
      await put();
      there.push(hex(id));
    },
    deleteKeys: (id: Uint8Array) => {
      there = there.filter((other) => other !== hex(id));
      return Promise.resolve(true);
    },
  };
  const key = { evaluationKeys: () => Promise.resolve(keys) };
  return uploadKeys({ connection, server, limit, vault, key, keyId: idOf(scope) }, signal);
}

it('sends keys once', async () => {
  expect(await upload('a')).toBe(1000);
  expect(await upload('a')).toBe(0);
  expect(vault.isUploaded('a', server)).toBe(true);
  expect(vault.isUploaded('a', 'https://other.example')).toBe(false);
  expect(vault.isUploaded('b', server)).toBe(false);
});

it('makes room with the keys that were used least recently', async () => {
  for (const scope of ['a', 'b', 'c', 'a', 'd']) await upload(scope);
  expect(there).toEqual(['a', 'c', 'd'].map((scope) => hex(idOf(scope))));
  expect(onRecord()).toEqual(['c', 'a', 'd'].map((scope) => hex(idOf(scope))));
  expect(await upload('b')).toBe(1000);
});

it('gives up keys of its own where the account is full of others, and says so where it has none', async () => {
  await upload('a');
  there.push('another machine', 'another machine too');
  expect(await upload('b', 64)).toBe(1000);
  expect(onRecord()).toEqual([hex(idOf('b'))]);

  there = ['x', 'y', 'z'];
  vault.recordDeletion({ server, keyId: idOf('b') });
  await expect(upload('c', 64)).rejects.toMatchObject({ reason: 'server-busy' });
  expect(there).toEqual(['x', 'y', 'z']);
});

it('retires keys that did not arrive: what the server has of them is deleted, and others are sent', async () => {
  const before = hex(idOf('a'));
  const lost = new Failure('server', 'The connection was lost.', { reason: 'server-unreachable' });
  await expect(upload('a', 3, () => Promise.reject(lost))).rejects.toBe(lost);
  expect(vault.isUploaded('a', server)).toBe(false);
  expect(vault.pendingDeletions().map(({ keyId }) => hex(keyId))).toEqual([before]);
  expect(hex(idOf('a'))).not.toBe(before);
});

it('takes every key at a server that says no limit', async () => {
  capacity = 10;
  for (const scope of ['a', 'b', 'c', 'd']) expect(await upload(scope, 0)).toBe(1000);
  expect(there).toHaveLength(4);
});
