/**
 * Draws the PNG files of the icons from their SVG sources, in Chromium.
 *
 * Usage: node build/icons/render.ts [PATH OF CHROMIUM]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const folder = import.meta.dirname;
const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--force-color-profile=srgb'],
});
const page = await browser.newPage();

async function draw(svg: string, size: number, name: string): Promise<void> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  writeFileSync(join(folder, name), await page.screenshot({ omitBackground: true }));
}

const mark = readFileSync(join(folder, 'mark.svg'), 'utf8');
for (const size of sizes) await draw(mark, size, `${size}.png`);

const tray = readFileSync(join(folder, 'tray.svg'), 'utf8');
// On a dark or a light panel alike: paper under the ink. macOS takes the shape alone and colours it itself.
const backed = tray.replace(/(<svg[^>]*>)/, '$1<rect width="32" height="32" rx="8" fill="#f7f4ec"/>');
const shape = tray.replaceAll('#1d4f53', '#000');
for (const [scale, suffix] of [
  [1, ''],
  [2, '@2x'],
] as const) {
  await draw(backed, 16 * scale, `tray${suffix}.png`);
  await draw(shape, 16 * scale, `trayTemplate${suffix}.png`);
}
await browser.close();
