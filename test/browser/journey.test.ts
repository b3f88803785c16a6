/** One person's way through the application, from its first start to the deletion of everything. */
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { openApp } from './app.ts';
import {
  ask,
  goTo,
  importMany,
  planLine,
  privatePrompt,
  promptField,
  receipts,
  send,
  write,
} from './steps.ts';

test('from the first start to an answer, its receipt, history, a restart, and deleting all', async () => {
  const app = await openApp();
  const { page } = app;

  await page.getByRole('heading', { name: 'Tell it a secret' }).waitFor();
  await app.look('first-run-promise');
  await page.getByRole('button', { name: 'Continue' }).click();
  await app.look('first-run-key');
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText('The key was made. It is in the keychain').waitFor();
  await app.look('first-run-key-made');
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('heading', { name: 'Try it' }).waitFor();
  await page.getByText(/words encrypted/).waitFor();
  await app.look('first-run-try');
  await send(page);
  await receipts(page).first().waitFor();
  await app.look('first-answer');

  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await app.look('empty');
  await write(page, privatePrompt);
  await expect.poll(() => page.getByRole('button', { name: '3 marked words' }).count()).toBe(1);
  await app.look('marked');
  await planLine(page).click();
  await page.getByText('What the server will see').waitFor();
  await app.look('preview');
  await page.keyboard.press('Escape');

  await ask(page, privatePrompt);
  await app.look('answer');
  await receipts(page).last().click();
  await page.getByRole('heading', { name: 'Receipt' }).waitFor();
  await page.getByText('Show the ciphertext').click();
  await app.look('receipt');
  expect(await page.getByText('These are the bytes that the preview named.').count()).toBe(1);

  // The preview takes the receipt's place, and has room and focus as it had alone.
  await write(page, 'Now make it friendlier.');
  await planLine(page).click();
  await page.getByText('Of the conversation, known from before').waitFor();
  expect(await page.getByRole('complementary').count()).toBe(1);
  await app.look('preview-further');
  await page.keyboard.press('Escape');
  await ask(page, 'Now make it friendlier.');
  await receipts(page).last().click();
  await page.getByText('Rows known from earlier answers').waitFor();
  expect(await page.getByText('These are the bytes that the preview named.').count()).toBe(1);
  await page.keyboard.press('Escape');

  const search = page.getByRole('searchbox', { name: 'Search conversations' });
  await search.fill('rent fri');
  await page.getByText('1 conversation', { exact: true }).waitFor();
  await app.look('search');
  // Out of sight and back: what was searched and what was found belong together.
  await page.getByRole('button', { name: 'Hide conversations' }).click();
  await page.getByRole('button', { name: 'Show conversations' }).click();
  expect(await search.inputValue()).toBe('rent fri');
  expect(await page.getByText('1 conversation', { exact: true }).count()).toBe(1);

  // News of the keys is none of the history: what was searched and found stays.
  const conversation = await page.evaluate(() => location.hash);
  await goTo(page, '/settings/keys');
  await page.getByRole('cell', { name: /^Please write a short note/ }).waitFor();
  await page.getByRole('cell', { name: 'This machine’s server' }).first().waitFor();
  await app.picture('keys');
  await page.getByRole('button', { name: 'Renew…' }).click();
  await page.getByRole('button', { name: 'Renew', exact: true }).click();
  await page.getByText('The session keys were retired.').waitFor();
  expect(await page.getByText('1 conversation', { exact: true }).count()).toBe(1);
  await goTo(page, conversation.slice(1));

  await search.fill('nowhere to be found');
  await page.getByText('No conversation has').waitFor();
  await app.look('search-nothing');
  await page.getByRole('button', { name: 'Clear the search' }).click();

  await app.restartHost();
  await promptField(page).waitFor();
  await page.getByText('Please write a short note').first().click();
  await receipts(page).first().waitFor();
  expect(await page.getByText('DE89 3704 0044 0532 0130 00').count()).toBeGreaterThan(0);

  await page.getByRole('button', { name: 'All conversations' }).click();
  await app.look('menu');
  await page.getByRole('menuitem', { name: 'Delete all' }).click();
  await app.look('delete-all');
  await confirmDeletingAll(page, 2);
  await page.getByText('Conversations appear here.').waitFor();
  await app.restartHost();
  await page.getByText('Conversations appear here.').waitFor();

  // More than the list loads at once. What happens elsewhere to those that it has not loaded is counted all the same.
  await importMany(page, 203);
  const deleteAll = async () => {
    await page.getByRole('button', { name: 'All conversations' }).click();
    await page.getByRole('menuitem', { name: 'Delete all' }).click();
  };
  const other = await app.open('');
  const titled = (number: number) => other.getByRole('link', { name: `Question ${number}`, exact: true });
  await titled(1).press('End');
  await titled(200).press('End');
  await titled(202).press('Delete');
  await other.getByRole('button', { name: 'Delete', exact: true }).click();
  await deleteAll();
  await page.getByRole('heading', { name: 'Delete all 202 conversations?' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await titled(203).press('F2');
  await other.keyboard.insertText('The first of all');
  await other.keyboard.press('Enter');
  await other.getByRole('link', { name: 'The first of all' }).press('Home');
  await titled(1).press('F2');
  await other.keyboard.insertText('The latest');
  await other.keyboard.press('Enter');
  await page.getByRole('link', { name: 'The latest' }).waitFor();
  await deleteAll();
  await confirmDeletingAll(page, 202);
  await page.getByText('Conversations appear here.').waitFor();

  // The same question from the settings, which nothing answers but the number.
  await importMany(page, 3);
  await goTo(page, '/settings/privacy');
  await page.getByRole('button', { name: 'Delete 3 conversations' }).click();
  await confirmDeletingAll(page, 3);
  await page.getByText('3 conversations were deleted.').waitFor();
}, 400_000);

async function confirmDeletingAll(page: Page, count: number): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: `Delete all ${count} conversations?` }).waitFor();
  const remove = dialog.getByRole('button', { name: 'Delete them' });
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel('To confirm, type how many').fill(String(count));
  await remove.click();
}
