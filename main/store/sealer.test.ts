import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bucketOf, DamagedRecord, Sealer } from './sealer.ts';

const key = new Uint8Array(randomBytes(32));
const salt = new Uint8Array(randomBytes(16));
const sealer = new Sealer(key, salt);

describe('Sealer', () => {
  it.each([{}, [], 'äöü 🦊', { text: 'x'.repeat(100_000), list: [1, null, true] }])(
    'opens what it sealed',
    (value) => {
      expect(sealer.open(2, ['message', 'a', 3], sealer.seal(2, ['message', 'a', 3], value))).toEqual(value);
    },
  );

  it('opens a record in its own place and version alone', () => {
    const sealed = sealer.seal(2, ['message', 'a', 'b', 3], 'words');
    expect(() => sealer.open(1, ['message', 'a', 'b', 3], sealed)).toThrow(DamagedRecord);
    expect(() => sealer.open(2, ['receipt', 'a', 'b', 3], sealed)).toThrow(DamagedRecord);
    expect(() => sealer.open(2, ['message', 'c', 'b', 3], sealed)).toThrow(DamagedRecord);
    expect(() => sealer.open(2, ['message', 'a', 'b', 4], sealed)).toThrow(DamagedRecord);
    // Columns do not run into each other.
    expect(() => sealer.open(2, ['message', 'ab', '', 3], sealed)).toThrow(DamagedRecord);
  });

  it('does not open a record of which one bit was changed, wherever it is', () => {
    const sealed = sealer.seal(2, ['message', 'a'], 'words');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open(2, ['message', 'a'], changed)).toThrow(DamagedRecord);
    }
    for (const length of [0, 1, 31, sealed.length - 1]) {
      expect(() => sealer.open(2, ['message', 'a'], sealed.subarray(0, length))).toThrow(DamagedRecord);
    }
  });

  it('opens under the same key and salt alone, and the key check tells them apart', () => {
    const sealed = sealer.seal(2, ['message', 'a'], 'words');
    expect(new Sealer(key, salt).open(2, ['message', 'a'], sealed)).toBe('words');
    for (const other of [
      new Sealer(new Uint8Array(randomBytes(32)), salt),
      new Sealer(key, new Uint8Array(randomBytes(16))),
    ]) {
      expect(() => other.open(2, ['message', 'a'], sealed)).toThrow(DamagedRecord);
      expect(other.keyCheck).not.toEqual(sealer.keyCheck);
      expect(other.nameId('settings')).not.toEqual(sealer.nameId('settings'));
    }
    expect(new Sealer(key, salt).keyCheck).toEqual(sealer.keyCheck);
  });

  it('seals one value differently each time', () => {
    const all = new Set(
      Array.from({ length: 100 }, () => Buffer.from(sealer.seal(2, ['a', 'b'], 'x')).toString('hex')),
    );
    expect(all.size).toBe(100);
  });

  it('gives texts of one bucket one size', () => {
    const size = (text: string) => sealer.seal(2, ['message', 'a'], text).length;
    expect(size('')).toBe(size('x'.repeat(250)));
    expect(size('x'.repeat(251))).toBe(size('x'.repeat(500)));
    expect(size('x'.repeat(70_000))).toBe(size('x'.repeat(131_000)));
    expect([0, 252, 253, 508, 509, 65_532, 65_533, 131_068, 131_069].map(bucketOf)).toEqual([
      256, 256, 512, 512, 1024, 65_536, 131_072, 131_072, 196_608,
    ]);
  });
});
