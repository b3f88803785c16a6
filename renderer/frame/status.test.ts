import { describe, expect, it } from 'vitest';
import type { KeyState } from '../../app/contract/keys.ts';
import type { AssistantStatus } from '../state/session.svelte.ts';
import { statusOf } from './status.ts';

const found: KeyState = {
  state: 'found',
  storage: 'keychain',
  profile: 'default',
  epoch: 1,
  created: null,
  lastUsed: null,
  keys: [],
};
const assistant = (state: AssistantStatus['state'], latency: number | null = null): AssistantStatus => ({
  state,
  server: { id: 's', name: 'models.example' },
  latency,
  message: null,
});

describe('the status', () => {
  it('says who is asked and how fast it answers', () => {
    expect(statusOf('open', found, assistant('ready', 12), 'here')).toEqual({
      key: 'frame.statusReady',
      spoken: 'frame.statusReadyPlain',
      tone: 'protected',
      server: 'models.example',
      latency: 12,
    });
  });

  it('sounds the same however fast it answers', () => {
    const heard = (latency: number | null) =>
      statusOf('open', found, assistant('ready', latency), 'here')?.spoken;
    expect(heard(12)).toBe('frame.statusReadyPlain');
    expect(heard(null)).toBe('frame.statusReadyPlain');
    expect(statusOf('lost', found, null, 'here')?.spoken).toBe('frame.statusConnection');
  });

  it('names the bundled server by where it is', () => {
    const bundled = { ...assistant('ready', 1), server: { id: null, name: 'bundled' } };
    expect(statusOf('open', found, bundled, 'here')?.server).toBe('here');
  });

  it.each([
    ['locked', 'frame.statusLocked'],
    ['unavailable', 'frame.statusUnavailable'],
  ] as const)('a keychain that is %s comes before the server', (state, key) => {
    const keys: KeyState = { state, message: '', next: '' };
    expect(statusOf('open', keys, assistant('ready', 1), 'here')).toMatchObject({ key, tone: 'wrong' });
  });

  it('tells a key that is lost from one that was never there', () => {
    const absent = (lost: boolean) => statusOf('open', { state: 'absent', lost }, null, 'here')?.key;
    expect(absent(false)).toBe('frame.statusAbsent');
    expect(absent(true)).toBe('frame.statusLost');
  });

  it.each(['unreachable', 'refused', 'certificate-changed'] as const)('%s is wrong', (state) => {
    expect(statusOf('open', found, assistant(state), 'here')?.tone).toBe('wrong');
  });

  it('a lost connection comes before everything', () => {
    expect(statusOf('lost', found, assistant('ready', 1), 'here')?.key).toBe('frame.statusConnection');
  });

  it('says nothing before anything is known', () => {
    expect(statusOf('connecting', null, null, 'here')).toBeNull();
    expect(statusOf('open', found, null, 'here')).toBeNull();
  });

  it('never says that memory lasts', () => {
    expect(statusOf('open', { ...found, storage: 'memory' }, assistant('ready', 1), 'here')?.key).toBe(
      'frame.statusMemory',
    );
  });
});
