/** What the preview says is what then happens, also where little of a prompt leaves. */
import { expect, test } from 'vitest';
import { openApp } from './app.ts';
import { ask, passFirstRun, planLine, receipts, send, write } from './steps.ts';

test('a prompt without a marked word: the answer and the keys are said to leave, and what the server learns', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await write(page, 'Why is the sky blue?');
  const preview = page.getByRole('complementary');
  const amount = async () => Number(/up to ([\d.]+) MB to send/.exec(await planLine(page).innerText())?.[1]);
  await planLine(page).getByText('no word encrypted').waitFor();
  const withKeys = await amount();
  await planLine(page).click();
  await preview
    .getByText('Of the prompt nothing. Of the answer each piece but the last, encrypted.')
    .waitFor();
  await preview.getByText('Evaluation keys, once').waitFor();
  await preview.getByText('That no row of the prompt leaves this machine.').waitFor();
  await preview.getByText('How long the answer is. Not a word of it.').waitFor();
  await app.look('preview-unmarked');
  await page.keyboard.press('Escape');

  await send(page);
  await receipts(page).first().waitFor();
  // The server has the keys: the answer's part is left.
  await write(page, 'And the sea?');
  expect(await amount()).toBeLessThan(withKeys);
  await ask(page, 'And the sea?');
  expect(await receipts(page).last().innerText()).toMatch(/ · [\d.]+ [kM]B sent · /);
}, 300_000);
