/** The quick prompt in a window of its own. */
import type { BrowserContext } from 'playwright-core';
import { expect, test } from 'vitest';
import type { WindowEvent } from '../../app/contract/host.ts';
import { openApp } from './app.ts';
import { holdBack } from './held-back.ts';
import type { HeldBack } from './held-back.ts';
import { goTo, passFirstRun, privatePrompt, promptField } from './steps.ts';

test('one field, an answer below, and on in the main window', async () => {
  const told: ((event: WindowEvent) => void)[] = [];
  const app = await openApp({ prepare: (context) => listenIn(context, told) });
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
  // What is written under an answer goes on behind it.
  await promptField(quick).fill('And one to the landlord.');
  await quick.keyboard.press('Control+Enter');
  await app.page.getByTitle('Show the receipt').waitFor();
  expect(await app.page.getByText('DE89 3704 0044 0532 0130 00').count()).toBeGreaterThan(0);
  expect(await promptField(app.page).inputValue()).toBe('And one to the landlord.');
  await expect.poll(() => promptField(quick).inputValue()).toBe('');

  // A link fills the prompt, and another one after it writes over nothing.
  for (const text of ['Ask the bank.', 'Ask the landlord.'])
    for (const tell of told) tell({ type: 'prefill', text });
  for (const page of [quick, app.page])
    await expect.poll(() => promptField(page).inputValue()).toBe('Ask the bank.\nAsk the landlord.');
}, 300_000);

test('what was not sent is asked once more, or goes on in the main window behind what is written there', async () => {
  let held: HeldBack | undefined;
  const app = await openApp({
    prepare: async (context) => {
      held = await holdBack(context, ['settings.watch']);
      held.release();
    },
  });
  const { page } = app;
  await passFirstRun(page);
  await goTo(page, '/settings/privacy');
  const quick = await app.open('quick.html');
  await quick.locator('textarea').waitFor();
  const failing = async (text: string, policy: string) => {
    await promptField(quick).fill(text);
    await quick.getByText(/words encrypted/).waitFor();
    // The quick prompt does not hear of the change before Enter is pressed in it, as on a slow machine.
    held?.hold({ open: true });
    await page.getByRole('radio', { name: policy }).check();
    await promptField(quick).press('Enter');
    await quick.getByText('What would be sent has changed').waitFor();
    held?.release();
  };

  await failing('Call +49 30 23125 042 for me.', 'Everything');
  await quick.getByRole('button', { name: 'Try again' }).dblclick();
  await quick.getByText(/private · .* · verified/).waitFor();
  expect(await promptField(quick).inputValue()).toBe('Call +49 30 23125 042 for me.');
  await quick.getByRole('button', { name: 'Ask something else' }).click();

  await goTo(page, '/');
  await promptField(page).fill('Half a thought.');
  await goTo(page, '/settings/privacy');
  await failing('Write to anna.weber@mail.net that Halden is late.', 'Exact');
  await quick.evaluate(() => {
    const area = document.querySelector('textarea');
    const start = area?.value.indexOf('Halden') ?? 0;
    area?.focus();
    area?.setSelectionRange(start, start + 'Halden'.length);
  });
  await quick.keyboard.press('Control+m');
  await quick.getByRole('button', { name: '2 marked words' }).waitFor();
  await quick.keyboard.press('Control+Enter');
  await promptField(page).waitFor();
  await expect
    .poll(() => promptField(page).inputValue())
    .toBe('Half a thought.\nWrite to anna.weber@mail.net that Halden is late.');
  await page.getByRole('button', { name: '2 marked words' }).click();
  await page.getByRole('region', { name: '2 marked words' }).getByText('Halden').waitFor();
  await expect.poll(() => promptField(quick).inputValue()).toBe('');
  expect(await page.getByText('Call +49 30 23125 042').count()).toBe(1);
}, 300_000);

/** Gives what tells each page that something happened: the web host itself has no links, as `sotto://` is one. */
async function listenIn(context: BrowserContext, told: ((event: WindowEvent) => void)[]): Promise<void> {
  await context.routeWebSocket(/\/port$/, (page) => {
    const host = page.connectToServer();
    page.onMessage((text) => {
      const { id, service, method } = JSON.parse(String(text)) as Record<string, unknown>;
      if (service === 'window' && method === 'events')
        told.push((item) => page.send(JSON.stringify({ type: 'item', id, item })));
      host.send(text);
    });
  });
}
