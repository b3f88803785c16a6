import { describe, expect, it } from 'vitest';
import { screenOf, type Facts } from './screen.ts';

const open: Facts = {
  connection: 'open',
  ready: true,
  keys: {
    state: 'found',
    storage: 'keychain',
    profile: 'p',
    epoch: 1,
    created: null,
    lastUsed: null,
    keys: [],
  },
  welcomed: true,
  stored: true,
  usedBefore: true,
  problem: false,
  place: { screen: 'new' },
};
const at = (change: Partial<Facts>) => screenOf({ ...open, ...change });
const locked = { state: 'locked', message: '', next: '' } as const;
const unavailable = { ...locked, state: 'unavailable' } as const;

describe('the screen', () => {
  it('is the conversation when all is well', () => {
    expect(at({})).toBe('conversation');
    expect(at({ place: { screen: 'conversation', id: 'c' } })).toBe('conversation');
    expect(at({ place: { screen: 'settings', anchor: null } })).toBe('settings');
  });

  it('is the first run until it was passed, and when it is asked for', () => {
    expect(at({ welcomed: false })).toBe('first-run');
    expect(at({ keys: { state: 'absent', lost: false } })).toBe('first-run');
    expect(at({ place: { screen: 'welcome' } })).toBe('first-run');
  });

  it('is the vault while it is closed, whatever the address names', () => {
    expect(at({ keys: locked })).toBe('vault');
    expect(at({ keys: { state: 'passphrase' }, place: { screen: 'conversation', id: 'c' } })).toBe('vault');
    expect(at({ keys: { state: 'absent', lost: true }, stored: false, welcomed: false })).toBe('vault');
  });

  it('takes a missing keychain for a first run only where no vault was open before', () => {
    expect(at({ keys: unavailable })).toBe('vault');
    expect(at({ keys: unavailable, usedBefore: false })).toBe('first-run');
  });

  it('leads to the settings from a closed vault', () => {
    expect(at({ keys: locked, place: { screen: 'settings', anchor: 'keys' } })).toBe('settings');
  });

  it('says what is wrong with what is stored', () => {
    expect(at({ problem: true })).toBe('store');
  });

  it('waits for what it does not know', () => {
    expect(at({ ready: false, keys: null })).toBe('opening');
    expect(at({ stored: false, usedBefore: true })).toBe('opening');
    expect(at({ stored: false, usedBefore: false })).toBe('first-run');
    expect(at({ connection: 'refused' })).toBe('no-token');
  });
});
