import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { converse } from '../store/test-store.fixture.ts';
import { openProfileFolder } from './open-profile.fixture.ts';

describe('the store of a profile', () => {
  it('is open while the vault is', async () => {
    const profile = await openProfileFolder();
    const { store } = profile.keepers();
    let changes = 0;
    const stop = store.onChange(() => (changes += 1));
    const { id } = converse(store.require(), 'q', 'a');
    const first = store.require();

    profile.lock();
    expect(store.current()).toBeUndefined();
    expect(() => store.require()).toThrow('The keychain is locked.');
    expect(() => first.get(id)).toThrow('The history is closed.');
    profile.unlock();
    expect(store.require().get(id).items).toHaveLength(2);
    // The same vault told again: the same store.
    const again = store.require();
    profile.unlock();
    expect(store.require()).toBe(again);
    expect(changes).toBe(2);
    stop();
    profile.lock();
    expect(changes).toBe(2);
  });

  it('begins closed with a closed vault', async () => {
    const profile = await openProfileFolder();
    profile.lock();
    const { store } = profile.keepers();
    expect(store.current()).toBeUndefined();
    expect(existsSync(profile.file)).toBe(false);
    profile.unlock();
    expect(store.current()).toBeDefined();
  });

  it('writes nothing for a vault in memory', async () => {
    const profile = await openProfileFolder('memory');
    const { store } = profile.keepers();
    expect(store.require().get(converse(store.require(), 'q', 'a').id)).toMatchObject({ stored: false });
    expect(readdirSync(profile.dir)).toEqual([]);
  });

  it('is refused to a second keeper, and open to it after the first', async () => {
    const profile = await openProfileFolder();
    const one = profile.keepers().store;
    const two = profile.keepers().store;
    expect(() => two.require()).toThrow(expect.objectContaining({ reason: 'profile-in-use' }));
    expect(() => two.setAside()).toThrow('left where it is');
    one.close();
    two.retry();
    expect(two.current()).toBeDefined();
  });

  it('is of one root key: with another one it is set aside when the user says so, and found again', async () => {
    const profile = await openProfileFolder();
    const { store } = profile.keepers();
    converse(store.require(), 'q', 'a');
    expect(() => store.setAside()).toThrow('left where it is');
    await profile.replaceRoot();
    expect(() => store.require()).toThrow(expect.objectContaining({ reason: 'data-foreign' }));
    const before = readFileSync(profile.file);
    const aside = store.setAside();
    expect(readFileSync(aside)).toEqual(before);
    expect(aside.startsWith(profile.dir)).toBe(true);
    expect(store.require().ids()).toEqual([]);
  });

  it('is left alone when it is damaged, until it is set aside', async () => {
    const profile = await openProfileFolder();
    writeFileSync(profile.file, 'something else');
    const { store } = profile.keepers();
    expect(() => store.require()).toThrow(expect.objectContaining({ reason: 'data-damaged' }));
    expect(readFileSync(profile.file, 'utf8')).toBe('something else');
    expect(readFileSync(store.setAside(), 'utf8')).toBe('something else');
    expect(store.require().ids()).toEqual([]);
  });
});
