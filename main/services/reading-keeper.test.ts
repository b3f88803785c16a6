import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Reading } from '../inference/engine.ts';
import { createKvCache } from '../inference/kv-cache.ts';
import { converse } from '../store/test-store.fixture.ts';
import { openProfileFolder } from './open-profile.fixture.ts';
import type { Pack } from '../packs/pack.ts';
import { createReadingKeeper, originOf } from './reading-keeper.ts';
import type { ReadingOrigin } from './reading-keeper.ts';

const origin: ReadingOrigin = { pack: 'p', server: null };
const shape = { layers: 1, slotSize: 4, granule: 16, context: 128 };

function readingOf(slots: number): Reading {
  const rows = Array.from({ length: slots }, (_, position) => ({ position, token: 1, protected: true }));
  return { policy: 'exact', rows, cache: createKvCache(shape, slots) };
}

describe('what answers have read', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function keeper(limits = { idleMs: 1000, bytes: 4 * readingOf(16).cache.bytes() }) {
    const profile = await openProfileFolder();
    const keepers = profile.keepers();
    const store = keepers.store.require();
    return {
      profile,
      store,
      readings: createReadingKeeper(keepers, limits),
      conversation: (word: string) => converse(store, `Question ${word}`, word).id,
    };
  }

  it('is kept for its conversation, and the latest only', async () => {
    const { readings, conversation } = await keeper();
    const [one, two] = [conversation('one'), conversation('two')];
    const [first, second] = [readingOf(3), readingOf(5)];
    readings.keep(one, origin, first);
    expect(readings.find(one, origin)).toBe(first);
    expect(readings.find(two, origin)).toBeUndefined();
    expect(readings.find(null, origin)).toBeUndefined();
    readings.keep(one, origin, second);
    expect(readings.find(one, origin)).toBe(second);
  });

  it('is of one pack and one server', async () => {
    const { readings, conversation } = await keeper();
    const id = conversation('one');
    readings.keep(id, origin, readingOf(3));
    expect(readings.find(id, { ...origin, pack: 'other' })).toBeUndefined();
    expect(readings.find(id, { ...origin, server: 'https://other:443' })).toBeUndefined();
    expect(readings.find(id, origin)).toBeDefined();
  });

  it('is of one certificate: another one may be another server', () => {
    const pack = { id: 'p' } as Pack;
    const named = { id: '1', name: 'Mine', address: 'https://mine:443', identity: 'sha256:aa' };
    expect(originOf(pack, named)).toEqual(originOf(pack, { ...named, name: 'Renamed' }));
    expect(originOf(pack, named)).not.toEqual(originOf(pack, { ...named, identity: 'sha256:bb' }));
    const bundled = { ...named, id: null };
    expect(originOf(pack, bundled)).toEqual(originOf(pack, { ...bundled, address: 'https://127.0.0.1:2' }));
  });

  it('goes with its conversation, and is not kept of one that is gone', async () => {
    const { readings, conversation, store } = await keeper();
    const [one, two, three] = [conversation('one'), conversation('two'), conversation('three')];
    for (const id of [one, two, three]) readings.keep(id, origin, readingOf(3));
    store.remove(one);
    expect(readings.find(one, origin)).toBeUndefined();
    expect(readings.find(two, origin)).toBeDefined();
    readings.keep(one, origin, readingOf(3));
    expect(readings.find(one, origin)).toBeUndefined();
    store.removeAll(2);
    for (const id of [two, three]) expect(readings.find(id, origin)).toBeUndefined();
  });

  it('goes when the keys are locked, and is not kept until they are open', async () => {
    const { readings, conversation, profile } = await keeper();
    const id = conversation('one');
    readings.keep(id, origin, readingOf(3));
    profile.lock();
    expect(readings.find(id, origin)).toBeUndefined();
    readings.keep(id, origin, readingOf(3));
    expect(readings.find(id, origin)).toBeUndefined();
  });

  it('goes after a while without a question', async () => {
    const { readings, conversation } = await keeper();
    const id = conversation('one');
    readings.keep(id, origin, readingOf(3));
    vi.advanceTimersByTime(900);
    expect(readings.find(id, origin)).toBeDefined();
    vi.advanceTimersByTime(900);
    expect(readings.find(id, origin)).toBeDefined();
    vi.advanceTimersByTime(1000);
    expect(readings.find(id, origin)).toBeUndefined();
  });

  it('makes room, the least recently used first; what is too large for all room is not kept', async () => {
    const { readings, conversation } = await keeper();
    const ids = ['one', 'two', 'three', 'four'].map(conversation);
    const kept = () => ids.map((id) => readings.find(id, origin) !== undefined);
    for (const id of ids) readings.keep(id, origin, readingOf(16));
    expect(kept()).toEqual([true, true, true, true]);
    const fifth = conversation('five');
    readings.find(ids[0] ?? null, origin);
    readings.keep(fifth, origin, readingOf(16));
    expect(kept()).toEqual([true, false, true, true]);
    const sixth = conversation('six');
    readings.keep(sixth, origin, readingOf(5 * 16));
    expect(readings.find(sixth, origin)).toBeUndefined();
    expect(kept()).toEqual([true, false, true, true]);
  });

  it('goes at once when it is told to', async () => {
    const { readings, conversation } = await keeper();
    const id = conversation('one');
    readings.keep(id, origin, readingOf(3));
    readings.clear();
    expect(readings.find(id, origin)).toBeUndefined();
    readings.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
