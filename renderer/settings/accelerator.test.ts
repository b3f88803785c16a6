import { describe, expect, it } from 'vitest';
import type { KeyPress } from './accelerator.ts';
import { acceleratorKeys, recordAccelerator } from './accelerator.ts';

const press = (key: string, code: string, held: string[] = []): KeyPress => ({
  key,
  code,
  ctrlKey: held.includes('Ctrl'),
  altKey: held.includes('Alt'),
  shiftKey: held.includes('Shift'),
  metaKey: held.includes('Meta'),
});

describe('recordAccelerator', () => {
  it.each([
    [press(' ', 'Space', ['Alt']), 'Alt+Space'],
    [press('k', 'KeyK', ['Ctrl', 'Shift']), 'Ctrl+Shift+K'],
    [press('K', 'KeyK', ['Shift', 'Alt', 'Ctrl']), 'Ctrl+Alt+Shift+K'],
    [press('!', 'Digit1', ['Shift', 'Alt']), 'Alt+Shift+1'],
    [press('˙', 'KeyH', ['Alt']), 'Alt+H'],
    [press('ArrowUp', 'ArrowUp', ['Ctrl', 'Alt']), 'Ctrl+Alt+Up'],
    [press('F9', 'F9'), 'F9'],
    [press('+', 'BracketRight', ['Ctrl', 'Alt']), 'Ctrl+Alt+Plus'],
    [press('ö', 'Semicolon', ['Ctrl', 'Alt']), 'Ctrl+Alt+;'],
  ])('reads %o', (event, accelerator) => {
    expect(recordAccelerator(event, false)).toEqual({ state: 'complete', accelerator });
  });

  it('goes by the letter on the key, not by its place, on a German keyboard', () => {
    expect(recordAccelerator(press('y', 'KeyZ', ['Ctrl', 'Alt']), false)).toEqual({
      state: 'complete',
      accelerator: 'Ctrl+Alt+Y',
    });
  });

  it('calls the Meta key Command on a Mac and Super elsewhere', () => {
    const event = press('j', 'KeyJ', ['Meta']);
    expect(recordAccelerator(event, true)).toEqual({ state: 'complete', accelerator: 'Command+J' });
    expect(recordAccelerator(event, false)).toEqual({ state: 'complete', accelerator: 'Super+J' });
  });

  it('waits while only modifiers are held', () => {
    expect(recordAccelerator(press('Control', 'ControlLeft', ['Ctrl']), false).state).toBe('incomplete');
    expect(recordAccelerator(press('AltGraph', 'AltRight'), false).state).toBe('incomplete');
  });

  it('refuses a key that typing needs', () => {
    expect(recordAccelerator(press('k', 'KeyK'), false).state).toBe('bare');
    expect(recordAccelerator(press('K', 'KeyK', ['Shift']), false).state).toBe('bare');
    expect(recordAccelerator(press(' ', 'Space'), false).state).toBe('bare');
  });

  it.each([
    press('c', 'KeyC', ['Ctrl']),
    press('F4', 'F4', ['Alt']),
    press('Tab', 'Tab', ['Alt']),
    press('Delete', 'Delete', ['Ctrl', 'Alt']),
  ])('refuses what the system and every program answer to: %o', (event) => {
    expect(recordAccelerator(event, false).state).toBe('reserved');
  });

  it('writes only what it would read back', () => {
    const keys = acceleratorKeys('Ctrl+Alt+Plus', false);
    expect(keys).toEqual(['Ctrl', 'Alt', 'Plus']);
  });
});

describe('acceleratorKeys', () => {
  it('writes signs on a Mac and words elsewhere', () => {
    expect(acceleratorKeys('CommandOrControl+Shift+K', true)).toEqual(['⌘', '⇧', 'K']);
    expect(acceleratorKeys('CommandOrControl+Shift+K', false)).toEqual(['Ctrl', 'Shift', 'K']);
    expect(acceleratorKeys('', false)).toEqual([]);
  });
});
