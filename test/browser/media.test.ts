/** What other media show: a contrast theme of the system, and paper. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApp } from './app.ts';
import { ask, goTo, passFirstRun, promptField } from './steps.ts';

test('a contrast theme shows what is chosen, switched on and open', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await page.keyboard.press('Control+n');
  await ask(page, 'Call +49 30 23125 042 for me.');
  await page.emulateMedia({ forcedColors: 'active' });
  await app.picture('contrast-conversation');
  expect(await colours(page, '.row.open')).not.toEqual(await colours(page, '.row:not(.open)'));
  await goTo(page, '/settings/privacy');
  const on = 'input[role=switch]:checked';
  await page.locator(on).first().waitFor();
  await app.picture('contrast-settings');
  const off = 'input[role=switch]:not(:checked)';
  expect(await colours(page, on)).not.toEqual(await colours(page, off));
  const segment = '.segments input:checked + span';
  expect(await colours(page, segment)).not.toEqual(
    await colours(page, '.segments input:not(:checked) + span'),
  );
}, 300_000);

test('a conversation is printed as a whole, and nothing of the window with it', async () => {
  const app = await openApp({ viewport: { width: 1280, height: 520 }, dark: true });
  const { page } = app;
  await passFirstRun(page);
  for (const text of ['Write to anna.weber@mail.net that I am late.', 'And the same to Halden.'])
    await ask(page, text);
  await promptField(page).fill('x\n'.repeat(40));
  await page.emulateMedia({ media: 'print' });
  const printed = await page.evaluate(() => {
    const scroller = document.querySelector('.scroller');
    return {
      whole: scroller !== null && scroller.scrollHeight === scroller.clientHeight,
      beyondWindow: document.documentElement.scrollHeight >= (scroller?.scrollHeight ?? Infinity),
      paper: getComputedStyle(document.body).backgroundColor,
    };
  });
  expect(printed).toEqual({ whole: true, beyondWindow: true, paper: 'rgb(251, 250, 247)' });
  await app.picture('printed');
  expect(await page.locator('.answer').last().isVisible()).toBe(true);
  for (const part of ['nav', 'form.composer', '.page > header'])
    expect(await page.locator(part).first().isVisible(), part).toBe(false);
}, 300_000);

function colours(page: Page, selector: string): Promise<string> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => getComputedStyle(element).backgroundColor);
}
