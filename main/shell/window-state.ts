/** Where the main window stood. A file that is torn, foreign or of another screen gives the default place. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';

const pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const windowState = v.strictObject({
  x: pixels,
  y: pixels,
  width: pixels,
  height: pixels,
  maximized: v.boolean(),
});
export type WindowState = v.InferOutput<typeof windowState>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const minimum = { width: 720, height: 520 };
const usual = { width: 1180, height: 800 };
/** So much of the title bar must be on a screen to take hold of the window. */
const grip = { width: 120, height: 40 };

/** @param screens the work areas, the first one for a new window. */
export function readWindowState(file: string, screens: readonly Area[]): WindowState {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    found = undefined;
  }
  const parsed = v.safeParse(windowState, found);
  return fitWindow(parsed.success ? parsed.output : undefined, screens);
}

/** Not larger than its screen, and reachable; in the middle of the first screen otherwise. */
export function fitWindow(state: WindowState | undefined, screens: readonly Area[]): WindowState {
  const screen = screens.find((area) => state && holdsGrip(area, state));
  const [first = { x: 0, y: 0, ...usual }] = screens;
  const area = screen ?? first;
  const width = clamp(state?.width ?? usual.width, minimum.width, area.width);
  const height = clamp(state?.height ?? usual.height, minimum.height, area.height);
  const maximized = state?.maximized ?? false;
  if (state && screen) return { x: state.x, y: state.y, width, height, maximized };
  const x = area.x + Math.max(0, Math.round((area.width - width) / 2));
  const y = area.y + Math.max(0, Math.round((area.height - height) / 2));
  return { x, y, width, height, maximized };
}

/** Whole or not at all: written beside the file, then renamed over it. */
export function writeWindowState(file: string, state: WindowState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.next`;
  const handle = openSync(next, 'w', 0o600);
  try {
    writeSync(handle, JSON.stringify(state));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(next, file);
}

function holdsGrip(area: Area, { x, y, width }: Area): boolean {
  const across = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return across >= grip.width && y >= area.y && y <= area.y + area.height - grip.height;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
