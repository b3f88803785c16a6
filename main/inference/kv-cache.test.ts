import { describe, expect, it } from 'vitest';
import { createKvCache } from './kv-cache.ts';

const shape = { layers: 2, slotSize: 2, granule: 4, context: 10 };

describe('cache of keys and values', () => {
  it('gives the filled slots and zeros up to the next granule', () => {
    const cache = createKvCache(shape, 1);
    cache.append(1, Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8));
    expect(cache.view(1)).toEqual({
      slots: 4,
      keys: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0),
      values: Float32Array.of(5, 6, 7, 8, 0, 0, 0, 0),
    });
    expect(cache.view(0).slots).toBe(0);
  });
  it('copies nothing but new rows while there is room, and keeps all when it grows', () => {
    const cache = createKvCache(shape, 1);
    const row = (n: number) => Float32Array.of(n, n);
    cache.append(0, row(1), row(-1));
    const before = cache.view(0).keys.buffer;
    for (let n = 2; n <= 4; n++) cache.append(0, row(n), row(-n));
    expect(cache.view(0).keys.buffer).toBe(before);
    for (let n = 5; n <= 10; n++) cache.append(0, row(n), row(-n));
    const { slots, keys, values } = cache.view(0);
    expect(slots).toBe(12);
    expect([...keys]).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 0, 0, 0, 0]);
    expect([...values.subarray(18, 20)]).toEqual([-10, -10]);
  });
  it('begins another one with its first slots, which does not change it', () => {
    const cache = createKvCache(shape, 1);
    for (const layer of [0, 1]) {
      for (let n = 1; n <= 5 + layer; n++)
        cache.append(layer, Float32Array.of(n, n), Float32Array.of(-n, -n));
    }
    expect(cache.filled()).toBe(5);
    const copied = cache.copy(3, 3);
    expect(copied.filled()).toBe(3);
    copied.append(0, Float32Array.of(9, 9), Float32Array.of(-9, -9));
    expect([...copied.view(0).keys]).toEqual([1, 1, 2, 2, 3, 3, 9, 9]);
    expect([...copied.view(1).values]).toEqual([-1, -1, -2, -2, -3, -3, 0, 0]);
    expect([...cache.view(0).keys.subarray(0, 10)]).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(cache.bytes()).toBe(2 * 2 * 8 * 2 * 4);
    expect(() => cache.copy(6, 6)).toThrow(RangeError);
  });
  it('holds no more than the context', () => {
    const cache = createKvCache(shape, 10);
    cache.append(0, new Float32Array(20), new Float32Array(20));
    expect(() => cache.append(0, new Float32Array(2), new Float32Array(2))).toThrow(RangeError);
  });
});
