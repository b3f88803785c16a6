import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFakeElectron } from './fake-electron.fixture.ts';
import { paper } from './main-window.ts';

it('a window has the colour of its page before the page is drawn', () => {
  const tokens = readFileSync(join(import.meta.dirname, '../../renderer/design/tokens.css'), 'utf8');
  const papers = [...tokens.matchAll(/--paper: (#[0-9a-f]{6});/g)].map(([, colour]) => colour);
  const { electron } = createFakeElectron();
  const drawn = [false, true].map((shouldUseDarkColors) =>
    paper({ nativeTheme: { ...electron.nativeTheme, shouldUseDarkColors } }),
  );
  expect(new Set(drawn)).toEqual(new Set(papers));
});
