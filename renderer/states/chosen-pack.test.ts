import { describe, expect, it } from 'vitest';
import type { PackFacts } from '../../app/contract/packs.ts';
import { chosenPack } from './chosen-pack.ts';

const pack = (name: string, change: Partial<PackFacts> = {}): PackFacts => ({
  name,
  bytes: 1,
  default: false,
  problem: null,
  facts: null,
  ...change,
});

describe('the chosen model', () => {
  const packs = [pack('own', { default: true }), pack('clinic'), pack('broken', { problem: 'a hash' })];

  it('is the one that comes with Sotto where none was chosen', () => {
    expect(chosenPack(packs, null)).toEqual({ name: 'own', state: 'sound' });
  });

  it('is sound, damaged or missing', () => {
    expect(chosenPack(packs, 'clinic').state).toBe('sound');
    expect(chosenPack(packs, 'broken').state).toBe('damaged');
    expect(chosenPack(packs, 'gone')).toEqual({ name: 'gone', state: 'missing' });
    expect(chosenPack([], null).state).toBe('missing');
  });
});
