import { describe, expect, it } from 'vitest';
import { createFakeElectron } from './fake-electron.fixture.ts';
import { createShortcut } from './shortcut.ts';

describe('the global shortcut', () => {
  const fake = createFakeElectron();
  let pressed = 0;
  const shortcut = createShortcut(fake.electron, () => (pressed += 1));

  it('calls when it is pressed', () => {
    expect(shortcut.apply('Alt+Space')).toBe(false);
    fake.shortcuts.get('Alt+Space')?.();
    expect(pressed).toBe(1);
  });
  it('follows the settings: the former keys are free again', () => {
    expect(shortcut.apply('Ctrl+Alt+S')).toBe(false);
    expect([...fake.shortcuts.keys()]).toEqual(['Ctrl+Alt+S']);
  });
  it('says when another program has the keys', () => {
    fake.answers.takenShortcuts.add('Alt+Space');
    expect(shortcut.apply('Alt+Space')).toBe(true);
    expect(fake.shortcuts.size).toBe(0);
  });
  it('says so of what are no keys', () => {
    expect(shortcut.apply('nonsense')).toBe(true);
  });
  it('is off without keys', () => {
    shortcut.apply('Ctrl+Alt+S');
    expect(shortcut.apply('')).toBe(false);
    expect(fake.shortcuts.size).toBe(0);
  });
});
