import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFakeElectron } from './fake-electron.fixture.ts';
import { createMainWindow } from './main-window.ts';

const closedWith = (stateFile: string) => {
  const fake = createFakeElectron();
  createMainWindow(fake.electron, { stateFile, icon: 'icon.png', preferences: {} });
  fake.windows[0]?.emit('close');
};

it('a window that closes leaves where it stood, and closes also where that cannot be written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-window-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, 'window.json');
  closedWith(stateFile);
  expect(existsSync(stateFile)).toBe(true);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => closedWith(join(file, 'window.json'))).not.toThrow();
});
