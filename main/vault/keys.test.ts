import { describe, expect, it } from 'vitest';
import { deriveDatabaseKey, deriveKeyId, deriveLatticeSeed, deriveTokenWrapKey } from './keys.ts';
import { rootCheck } from './root-key.ts';

const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const nonce = Uint8Array.from({ length: 32 }, (_, i) => 64 + i);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// Computed by another implementation: RFC 5869 written out with Python's hmac module. They must never change:
// data on users' disks is encrypted under them.
describe('derived keys', () => {
  it.each([
    [
      1,
      'd9f7bcd9524006c8ff2b79f873af77a5975181796990442075ceae7c91a4826a',
      'c4617774a306a27bfd0c6556f3a16eef',
    ],
    [
      2,
      '14e12df227c3f211d9559a901e3b6040bf6255ebaaf0d6e354145a3087d14a2a',
      '0c0ba293733e375bf744d5eb30c8844b',
    ],
  ])('lattice seed and key id of epoch %i', (epoch, seed, id) => {
    expect(hex(deriveLatticeSeed(root, { epoch, scope: 'cli', nonce }))).toBe(seed);
    expect(hex(deriveKeyId(root, { epoch, scope: 'cli', nonce }))).toBe(id);
  });

  it('database key, token wrap key, check', () => {
    expect(hex(deriveDatabaseKey(root))).toBe(
      '72e7b57b85cd704ebd0ef864395f2c4bd27f4e474d70ddd5951708eef3a85f67',
    );
    expect(hex(deriveTokenWrapKey(root))).toBe(
      '0d5ef1fcac1fc53479c82f629863adf14901dfba31efbd9ca98da68887e047b1',
    );
    expect(hex(rootCheck(root))).toBe('a74f4bcabc38a67f4a95dd207ac89817');
  });

  it('differ with each of root, nonce, epoch and scope', () => {
    const context = { epoch: 1, scope: 'cli', nonce };
    const seeds = [
      deriveLatticeSeed(root, context),
      deriveLatticeSeed(root.toReversed(), context),
      deriveLatticeSeed(root, { ...context, nonce: nonce.toReversed() }),
      deriveLatticeSeed(root, { ...context, epoch: 2 }),
      deriveLatticeSeed(root, { ...context, scope: 'cli2' }),
    ];
    expect(new Set(seeds.map(hex)).size).toBe(seeds.length);
  });
});
