import { describe, expect, it } from 'vitest';
import { language } from '../language/t.svelte.ts';
import { keyCaps } from './key-caps.ts';
import { nextIndex, typedIndex } from './list-keys.ts';

describe('the keyboard in a list', () => {
  it.each([
    ['ArrowDown', -1, 0],
    ['ArrowDown', 1, 2],
    ['ArrowDown', 4, 4],
    ['ArrowUp', 2, 1],
    ['ArrowUp', 0, 0],
    ['ArrowUp', -1, 4],
    ['Home', 3, 0],
    ['End', 1, 4],
    ['PageDown', 0, 4],
    ['PageUp', 4, 0],
    ['a', 0, null],
  ])('%s from %i leads to %s of five', (key, at, to) => {
    expect(nextIndex(key, at, 5)).toBe(to);
  });

  it('goes round where it should', () => {
    expect(nextIndex('ArrowDown', 4, 5, { wrap: true })).toBe(0);
    expect(nextIndex('ArrowUp', 0, 5, { wrap: true })).toBe(4);
  });

  it('leads nowhere in an empty list', () => {
    expect(nextIndex('Home', -1, 0)).toBeNull();
  });
});

describe('typing in a list', () => {
  const labels = ['Ärzte', 'Bericht', 'Brief an Ana', 'Brief an Ben', 'Termin'];

  it('finds the next one that begins so', () => {
    expect(typedIndex('t', 0, labels)).toBe(4);
    expect(typedIndex('brief an b', 2, labels)).toBe(3);
    expect(typedIndex('ä', 3, labels)).toBe(0);
  });

  it('goes on with the same letter again', () => {
    expect(typedIndex('b', 1, labels)).toBe(2);
    expect(typedIndex('bb', 2, labels)).toBe(3);
    expect(typedIndex('bbb', 3, labels)).toBe(1);
  });

  it('stays on a word that is typed further', () => {
    expect(typedIndex('be', 1, labels)).toBe(1);
  });

  it('finds nothing where nothing begins so', () => {
    expect(typedIndex('x', 0, labels)).toBeNull();
    expect(typedIndex('', 0, labels)).toBeNull();
  });
});

describe('key caps', () => {
  it('are those of the machine', () => {
    expect(keyCaps('Mod+Shift+K', false)).toEqual(['Ctrl', 'Shift', 'K']);
    expect(keyCaps('Mod+Shift+K', true)).toEqual(['⌘', '⇧', 'K']);
    expect(keyCaps('?', false)).toEqual(['?']);
  });

  it('have the names of German keyboards in German', () => {
    language.set('de');
    expect(keyCaps('Mod+Shift+Delete', false)).toEqual(['Strg', 'Umschalt', 'Entf']);
    expect(keyCaps('Mod+Home', true)).toEqual(['⌘', '↖']);
    language.set('en');
  });
});
