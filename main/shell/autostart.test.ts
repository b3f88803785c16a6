import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applyAutostart } from './autostart.ts';
import { createFakeElectron } from './fake-electron.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-autostart-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('start at login', () => {
  it.each(['darwin', 'win32'] as const)('is asked of Electron on %s', (platform) => {
    const fake = createFakeElectron();
    applyAutostart(fake.electron, true, { platform, program: '/x', folder });
    expect(fake.app.calls).toEqual([['setLoginItemSettings', { openAtLogin: true, args: ['--hidden'] }]]);
  });

  it('is a file of the desktop on Linux, with the program quoted', () => {
    const fake = createFakeElectron();
    const place = {
      platform: 'linux',
      program: '/opt/My "Apps" 100%/sotto$',
      folder: join(folder, 'a'),
    } as const;
    applyAutostart(fake.electron, true, place);
    const file = join(folder, 'a', 'sotto.desktop');
    expect(readFileSync(file, 'utf8').split('\n')).toContain(
      String.raw`Exec="/opt/My \\"Apps\\" 100%%/sotto\\$" --hidden`,
    );
    applyAutostart(fake.electron, false, place);
    expect(existsSync(file)).toBe(false);
    applyAutostart(fake.electron, false, place);
  });

  it('is not for a development run', () => {
    const fake = createFakeElectron();
    fake.app.isPackaged = false;
    applyAutostart(fake.electron, true, { platform: 'linux', program: '/x', folder: join(folder, 'b') });
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });
});
