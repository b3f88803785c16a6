/** The same screens in the dark, in German, narrow, and at twice the size. */
import { expect, test } from 'vitest';
import { sections } from '../../renderer/settings/sections.ts';
import type { App, AppOptions } from './app.ts';
import { openApp } from './app.ts';
import { goTo } from './steps.ts';

const looks: readonly (readonly [string, AppOptions])[] = [
  ['dark', { dark: true }],
  ['german', { locale: 'de-DE' }],
  ['narrow', { viewport: { width: 720, height: 520 } }],
  // Twice the size of 1280 x 800 leaves 640 x 400 of the page's own pixels.
  ['zoomed', { viewport: { width: 640, height: 400 } }],
];

test.each(looks)(
  '%s',
  async (name, options) => {
    const app = await openApp(options);
    const { page } = app;
    const german = name === 'german';
    await page.locator('h1').first().waitFor();
    await app.look(`${name}-first-run`);
    await page.getByRole('button', { name: german ? 'Weiter' : 'Continue' }).click();
    await page.locator('button:has(svg)').last().waitFor();
    await app.look(`${name}-key`);
    await makeKey(app);
    await page.locator('textarea').waitFor();
    await page
      .getByText(german ? /Wörter verschlüsselt/ : /words encrypted/)
      .first()
      .waitFor();
    await app.look(`${name}-try`);
    await page.locator('form.composer button[type=submit]').click();
    await page.locator('.answer .footer').waitFor();
    await app.look(`${name}-answer`);
    await page.locator('.answer .footer').click();
    await app.look(`${name}-receipt`);
    await page.keyboard.press('Escape');
    for (const { id } of sections) {
      await goTo(page, `/settings/${id}`);
      await page.locator(`#${id}, [id$="${id}"]`).first().waitFor();
      // All sections are one page: what axe says of one it says of all.
      if (id === 'privacy') await app.look(`${name}-settings-${id}`);
      else await app.picture(`${name}-settings-${id}`);
    }
    if (name === 'zoomed') {
      // The list of sections has no room beside them.
      await page.getByRole('combobox', { name: 'Sections' }).selectOption('keys');
      await expect.poll(() => page.url()).toContain('#/settings/keys');
    }
    expect(app.problems()).toEqual([]);
  },
  400_000,
);

/** The second screen's main button, then the third screen. */
async function makeKey({ page }: App): Promise<void> {
  const main = page
    .locator('.first-run button')
    .filter({ hasText: /Make the key|Schlüssel erzeugen|Schlüssel/ });
  await main.last().click();
  await page
    .getByText(/The key was made|Der Schlüssel/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: /^(Later|Später)$/ }).click();
}
