/** What has to be reached stays within the window and above everything else: long words, notices, menus, panels. */
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from './app.ts';
import { ask, passFirstRun, planLine, privatePrompt, promptField, receipts, write } from './steps.ts';

test('a long word without a break leaves Send in the window', async () => {
  const app = await openApp({ viewport: { width: 720, height: 520 } });
  const { page } = app;
  await passFirstRun(page);
  await write(page, `The letter for anna.weber@mail.net is at https://example.org/${'a'.repeat(400)}`);
  await app.picture('long-word');
  expect(await isWithin(page.getByRole('button', { name: 'Send', exact: true }))).toBe(true);
  expect(await isWithin(promptField(page))).toBe(true);
}, 300_000);

test('notices lie on nothing that sends or stops', async () => {
  const app = await openApp({ viewport: { width: 720, height: 520 } });
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await write(page, privatePrompt);
  await page.context().grantPermissions(['clipboard-write']);
  await page.getByRole('button', { name: 'Copy the answer' }).click();
  await page.locator('.notices .item').waitFor();
  expect(await isOnTop(page.getByRole('button', { name: 'Send', exact: true }))).toBe(true);
  await app.look('notice');
}, 300_000);

test('a menu is in the window when what it says comes late, and when the window becomes smaller', async () => {
  const app = await openApp({ viewport: { width: 900, height: 520 } });
  const { page } = app;
  await passFirstRun(page);
  await write(page, privatePrompt);
  const menu = page.getByRole('menu', { name: 'Protection' });
  await page.getByTitle('Protection').click();
  await menu.getByText('of the prompt encrypted').first().waitFor();
  await expect.poll(() => isWithin(menu)).toBe(true);
  await app.picture('menu-of-protection');
  // The list of conversations goes, and the button moves.
  await page.setViewportSize({ width: 720, height: 520 });
  const left = (element: Locator) => element.evaluate((node) => node.getBoundingClientRect().left);
  const button = page.getByTitle('Protection');
  await expect.poll(async () => (await left(menu)) - (await left(button))).toBe(0);
  await page.setViewportSize({ width: 480, height: 400 });
  await expect.poll(() => isWithin(menu)).toBe(true);
}, 300_000);

test('a panel without room beside the page holds the page back until it is closed', async () => {
  const app = await openApp({ viewport: { width: 900, height: 700 } });
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await write(page, privatePrompt);
  await planLine(page).click();
  await page.getByRole('heading', { name: 'What will leave' }).waitFor();
  await page.getByText('What it will learn').waitFor();
  await app.look('preview-above');
  for (let steps = 0; steps < 20; steps += 1) {
    await page.keyboard.press('Tab');
    expect(await isBehind(page)).toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect.poll(() => isFocused(planLine(page))).toBe(true);

  await receipts(page).first().click();
  await page.getByRole('heading', { name: 'Receipt' }).waitFor();
  await page.mouse.click(300, 300);
  await page.getByRole('heading', { name: 'Receipt' }).waitFor({ state: 'detached' });
  await expect.poll(() => isFocused(receipts(page).first())).toBe(true);

  // A window that becomes wide enough has both.
  await planLine(page).click();
  await page.setViewportSize({ width: 1280, height: 800 });
  await promptField(page).click();
  expect(await isFocused(promptField(page))).toBe(true);
  await page.setViewportSize({ width: 900, height: 700 });
  await page.locator('.shade').waitFor();
  await page.keyboard.press('Control+k');
  await expect.poll(() => isFocused(page.getByRole('searchbox'))).toBe(true);
  await page.getByRole('heading', { name: 'What will leave' }).waitFor({ state: 'detached' });
  await planLine(page).click();
  await page.keyboard.press('Control+n');
  await expect.poll(() => isFocused(promptField(page))).toBe(true);
}, 300_000);

/** Whether all of it is in the window. */
function isWithin(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
  });
}

/** Whether a click in its middle would be its own. */
function isOnTop(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });
}

/** Whether what has the focus lies beneath the panel. */
function isBehind(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    return focused !== null && focused !== document.body && focused.closest('[data-panel]') === null;
  });
}

function isFocused(element: Locator): Promise<boolean> {
  return element.evaluate((node) => node === document.activeElement);
}
