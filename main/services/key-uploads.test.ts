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

interface UploadOptions {
  /** What the server says that it keeps. */
  readonly limit?: number;
  /** What happens while the keys are on their way, and after the server has stored them. */
  readonly underWay?: () => void;
  readonly stored?: () => void;
  readonly deletionFails?: boolean;
}

function upload(
  scope: string,
  { limit = 0, underWay, stored, deletionFails = false }: UploadOptions = {},
): Promise<number> {
  const connection = {
    hasKeys: (id: Uint8Array) => Promise.resolve(there.includes(hex(id))),
    async putKeys(id: Uint8Array) {
      if (there.length >= capacity) throw full;
      await Promise.resolve(underWay?.());
      there.push(hex(id));
      stored?.();
    },
    async deleteKeys(id: Uint8Array, stop?: AbortSignal) {
      if (deletionFails) throw lost;
      if (stop?.aborted) throw new Failure('cancelled', 'Stopped.');
      there = there.filter((other) => other !== hex(id));
      return await Promise.resolve(true);
    },
  };
  const key = { evaluationKeys: () => Promise.resolve(keys) };
  return uploadKeys({ connection, server, limit, vault, key, keyId: idOf(scope) }, signal);
}

const fail = (failure: Failure) => () => {
  throw failure;
};
const full = new Failure('server', 'This account has as many keys as it may have.', {
  reason: 'server-keys-full',
});
const lost = new Failure('server', 'The connection was lost.', { reason: 'server-lost' });

/** As who rotates does: retired, deleted at the server, forgotten. */
function deleteThere(keyId: Uint8Array): void {
  there = there.filter((other) => other !== hex(keyId));
  vault.recordDeletion({ server, keyId });
}

it('sends keys once', async () => {
  expect(await upload('a')).toBe(1000);
  expect(await upload('a')).toBe(0);
  expect(vault.isUploaded('a', server)).toBe(true);
  expect(vault.isUploaded('a', 'https://other.example')).toBe(false);
  expect(vault.isUploaded('b', server)).toBe(false);
});

it('makes room with the keys that were used least recently, and leaves a place to others', async () => {
  for (const scope of ['a', 'b', 'c', 'a', 'd']) await upload(scope, { limit: 4 });
  expect(there).toEqual(['a', 'c', 'd'].map((scope) => hex(idOf(scope))));
  expect(onRecord()).toEqual(['c', 'a', 'd'].map((scope) => hex(idOf(scope))));
  expect(await upload('b', { limit: 4 })).toBe(1000);
  expect(there).toHaveLength(3);
});

it('has the one place of a server that keeps one', async () => {
  for (const scope of ['a', 'b']) expect(await upload(scope, { limit: 1 })).toBe(1000);
  expect(there).toEqual([hex(idOf('b'))]);
});

it('takes every key at a server that says no limit', async () => {
  capacity = 10;
  for (const scope of ['a', 'b', 'c', 'd']) expect(await upload(scope)).toBe(1000);
  expect(there).toHaveLength(4);
});

it('gives up keys of its own where the account is full of others, and says so where it has none', async () => {
  await upload('a');
  there.push('another machine', 'another machine too');
  expect(await upload('b', { limit: 64 })).toBe(1000);
  expect(onRecord()).toEqual([hex(idOf('b'))]);

  there = ['x', 'y', 'z'];
  vault.recordDeletion({ server, keyId: idOf('b') });
  await expect(upload('c', { limit: 64 })).rejects.toBe(full);
  expect(there).toEqual(['x', 'y', 'z']);
});

it('gives up nothing for a server that is busy, or full in another way', async () => {
  await upload('a');
  const busy = new Failure('server', 'Too many uploads at once.', { reason: 'server-busy' });
  await expect(upload('b', { limit: 64, underWay: fail(busy) })).rejects.toBe(busy);
  expect(there).toEqual([hex(idOf('a'))]);
  expect(onRecord()).toEqual(there);
});

it('keeps a key that the server refused in so many words: nothing of it is there', async () => {
  const before = hex(idOf('a'));
  const refused = new Failure('server', 'The server refused the token.', { reason: 'token-refused' });
  await expect(upload('a', { underWay: fail(refused) })).rejects.toBe(refused);
  expect(hex(idOf('a'))).toBe(before);
  expect(vault.isUploaded('a', server)).toBe(false);
  expect(await upload('a')).toBe(1000);
});

it('retires keys that did not arrive: what the server has of them is deleted, and others are sent', async () => {
  const before = hex(idOf('a'));
  await expect(upload('a', { underWay: fail(lost) })).rejects.toBe(lost);
  expect(vault.isUploaded('a', server)).toBe(false);
  expect(vault.pendingDeletions().map(({ keyId }) => hex(keyId))).toEqual([before]);
  expect(hex(idOf('a'))).not.toBe(before);
});

it('takes keys back that were retired while they were on their way', async () => {
  const keyId = idOf('a');
  const rotate = () => {
    vault.rotate();
    deleteThere(keyId);
  };
  await expect(upload('a', { underWay: rotate })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/was retired/) as string,
  });
  expect(there).toEqual([]);
});

it('takes keys back that were removed with their server, and keeps the key', async () => {
  const keyId = idOf('a');
  const remove = () => deleteThere(keyId);
  await expect(upload('a', { underWay: remove })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/were deleted while they were sent/) as string,
  });
  expect(there).toEqual([]);
  expect(idOf('a')).toEqual(keyId);

  // On record again, where they cannot be deleted now.
  await expect(upload('a', { underWay: remove, deletionFails: true })).rejects.toMatchObject({
    code: 'refused',
  });
  expect(onRecord()).toEqual(there);
});

it('takes keys back that were retired and of which nobody knows whether they arrived', async () => {
  const keyId = idOf('a');
  const stored = () => {
    there.push(hex(keyId));
    throw lost;
  };
  const underWay = () => {
    vault.revoke();
    deleteThere(keyId);
  };
  await expect(upload('a', { underWay, stored })).rejects.toBe(lost);
  expect(there).toEqual([]);
});
