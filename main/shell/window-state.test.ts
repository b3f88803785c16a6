import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fitWindow, readWindowState, writeWindowState } from './window-state.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-window-'));
afterAll(() => rmSync(folder, { recursive: true }));
const screen = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 1280, height: 1000 };
const state = { x: 100, y: 80, width: 1000, height: 700, maximized: false };
const middle = { x: 370, y: 120, width: 1180, height: 800, maximized: false };

describe('where the window stands', () => {
  it('is kept', () => {
    const file = join(folder, 'deep', 'window.json');
    writeWindowState(file, { ...state, maximized: true });
    expect(readWindowState(file, [screen])).toEqual({ ...state, maximized: true });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['window.json']);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['torn', '{"x":100,"y":8'],
    ['empty', ''],
    ['another thing', '[1,2]'],
    ['text for a number', '{"x":"1","y":0,"width":800,"height":600,"maximized":false}'],
    ['no numbers', '{"x":1e999,"y":0,"width":800,"height":600,"maximized":false}'],
    ['a field too many', '{"x":1,"y":0,"width":800,"height":600,"maximized":false,"url":"x"}'],
  ])('a file that is %s gives the usual place', (_what, text) => {
    const file = join(folder, 'window.json');
    writeFileSync(file, text);
    expect(readWindowState(file, [screen])).toEqual(middle);
  });

  it('a crash in the middle of writing leaves the former file', () => {
    const file = join(folder, 'crashed.json');
    writeWindowState(file, state);
    writeFileSync(`${file}.next`, '{"x":');
    expect(readWindowState(file, [screen])).toEqual(state);
    writeWindowState(file, { ...state, x: 5 });
    expect(readWindowState(file, [screen])).toMatchObject({ x: 5 });
  });

  it.each([
    ['left of the screen', { ...state, x: -990 }],
    ['above', { ...state, y: -40 }],
    ['below', { ...state, y: 1030 }],
    ['on a screen that is gone', { ...state, x: 2500 }],
  ])('%s comes back to the middle', (_where, lost) => {
    expect(fitWindow(lost, [screen])).toMatchObject({ x: 460, y: 170, width: 1000, height: 700 });
  });

  it('partly outside stays, when it can be taken hold of', () => {
    expect(fitWindow({ ...state, x: -800 }, [screen])).toMatchObject({ x: -800 });
    expect(fitWindow({ ...state, x: 2000, y: 10 }, [screen, second])).toMatchObject({ x: 2000, y: 10 });
  });

  it('is neither larger than its screen nor smaller than it works', () => {
    expect(fitWindow({ ...state, x: 1950, width: 5000, height: 5000 }, [screen, second])).toMatchObject({
      width: 1280,
      height: 1000,
    });
    expect(fitWindow({ ...state, width: 10, height: 10, x: 900 }, [screen])).toMatchObject({
      width: 720,
      height: 520,
    });
  });

  it('has a place without any screen', () => {
    expect(fitWindow(undefined, [])).toMatchObject({ width: 1180, height: 800 });
  });
});
