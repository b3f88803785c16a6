import { describe, expect, it } from 'vitest';
import { matches, type KeyPress } from './keys.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe('a shortcut', () => {
  it('takes Ctrl for Mod, and the command key on a Mac', () => {
    expect(matches('Mod+N', press('n', { ctrlKey: true }), false, true)).toBe(true);
    expect(matches('Mod+N', press('n', { metaKey: true }), false, true)).toBe(false);
    expect(matches('Mod+N', press('n', { metaKey: true }), true, true)).toBe(true);
    expect(matches('Mod+N', press('n', { ctrlKey: true }), true, true)).toBe(false);
  });

  it('wants no other key held', () => {
    expect(matches('Mod+K', press('k', { ctrlKey: true, altKey: true }), false, false)).toBe(false);
    expect(matches('Mod+K', press('K', { ctrlKey: true, shiftKey: true }), false, false)).toBe(false);
    expect(
      matches('Mod+Shift+Backspace', press('Backspace', { ctrlKey: true, shiftKey: true }), false, false),
    ).toBe(true);
  });

  it('is a letter by its place where the layout has no Latin ones', () => {
    const at = (key: string, code: string) => press(key, { code, ctrlKey: true });
    for (const key of ['ь', 'μ', 'ة', 'צ']) expect(matches('Mod+M', at(key, 'KeyM'), false, true)).toBe(true);
    expect(matches('Mod+N', at('ь', 'KeyM'), false, true)).toBe(false);
    // The layout's own letters and signs go before their place.
    expect(matches('Mod+M', at('m', 'Semicolon'), false, true)).toBe(true);
    expect(matches('Mod+M', at(',', 'KeyM'), false, true)).toBe(false);
    expect(matches('Mod+,', at(',', 'KeyM'), false, true)).toBe(true);
  });

  it('leaves a sign to the text that is written, and takes it with or without Shift elsewhere', () => {
    expect(matches('?', press('?', { shiftKey: true }), false, true)).toBe(false);
    expect(matches('?', press('?', { shiftKey: true }), false, false)).toBe(true);
    expect(matches('?', press('?'), false, false)).toBe(true);
    expect(matches('Mod+,', press(',', { ctrlKey: true }), false, true)).toBe(true);
  });
});
