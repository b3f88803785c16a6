/** The quick prompt in a window of its own. */
import { expect, test } from 'vitest';
import { openApp } from './app.ts';
import { passFirstRun, privatePrompt } from './steps.ts';

test('one field, an answer below, and on in the main window', async () => {
  const app = await openApp();
  await passFirstRun(app.page);
  const quick = await app.open('quick.html');
  await quick.setViewportSize({ width: 640, height: 420 });
  await quick.locator('textarea').waitFor();
  await expect.poll(() => quick.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  await app.look('quick-empty', quick);
  await quick.keyboard.insertText(privatePrompt);
  await quick
    .getByText(/words encrypted/)
    .first()
    .waitFor();
  await app.look('quick-marked', quick);
  await quick.keyboard.press('Enter');
  await quick.getByText(/private · .* · verified/).waitFor();
  await app.look('quick-answer', quick);
  await quick.keyboard.press('Control+Enter');
  await app.page.getByTitle('Show the receipt').waitFor();
  expect(await app.page.getByText('DE89 3704 0044 0532 0130 00').count()).toBeGreaterThan(0);
}, 300_000);
