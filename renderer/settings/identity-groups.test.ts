import { describe, expect, it } from 'vitest';
import { comparedGroups, identityGroups, parseIdentity } from './identity-groups.ts';

const hex = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

describe('identityGroups', () => {
  it('cuts the hex into sixteen groups of four', () => {
    const groups = identityGroups(`sha256:${hex}`);
    expect(groups).toHaveLength(16);
    expect(groups[0]).toBe('0011');
    expect(groups.join('')).toBe(hex);
  });
});

describe('comparedGroups', () => {
  it('points at the groups that differ and no others', () => {
    const other = `${hex.slice(0, 8)}ffff${hex.slice(12)}`;
    const differing = comparedGroups(`sha256:${hex}`, `sha256:${other}`).map(({ differs }) => differs);
    expect(differing.filter(Boolean)).toHaveLength(1);
    expect(differing[2]).toBe(true);
  });
});

describe('parseIdentity', () => {
  it.each([
    `sha256:${hex}`,
    hex.toUpperCase(),
    `SHA-256: ${hex}`,
    `sha256=${hex}`,
    hex.replace(/(..)(?=.)/g, '$1:'),
    hex.replace(/(....)(?=.)/g, '$1 '),
    `  ${hex}\n`,
  ])('reads %s', (text) => {
    expect(parseIdentity(text)).toBe(`sha256:${hex}`);
  });

  it.each(['', 'sha256:', hex.slice(1), `${hex}0`, hex.replace('0', 'g')])(
    'is not taken in by "%s"',
    (text) => {
      expect(parseIdentity(text)).toBeNull();
    },
  );
});
