/** By keyboard: what takes itself away gives the focus to what comes next, never to nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPack } from '../end-to-end/sotto.ts';
import { startServer } from '../interop/sotto-server.ts';
import { openApp } from './app.ts';
import {
  ask,
  confirmOutside,
  goTo,
  importMany,
  passFirstRun,
  promptField,
  skipExample,
  write,
} from './steps.ts';

test('the first run: the key, its backup, and a server', async () => {
  const data = await mkdtemp(join(tmpdir(), 'sotto-focus-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const server = await startServer({ pack: defaultPack, dataDir: data });
  onTestFinished(() => server.kill());
  const app = await openApp();
  const { page } = app;
  await page.getByRole('button', { name: 'Continue' }).press('Enter');
  await focusOn(page, 'Your key');
  await page.getByRole('button', { name: 'Make the key' }).press('Enter');
  await focusOn(page, 'The key was made. It is in the keychain of this machine.');
  await page.getByRole('button', { name: 'Back up now' }).press('Enter');
  await focusOn(page, 'Passphrase');
  await page.keyboard.type('correct horse battery staple');
  await page.getByLabel('Once more').fill('correct horse battery staple');
  await page.getByRole('button', { name: 'Make the file' }).press('Enter');
  await confirmOutside(page, app.hostOutput);
  await page.getByText('The backup is ready').waitFor();
  await focusOn(page, /^The backup is ready/);
  await page.getByRole('button', { name: 'Continue' }).press('Enter');
  await focusOn(page, 'Try it');
  await skipExample(page);

  await goTo(page, '/settings/servers');
  await page.getByRole('button', { name: 'Add a server' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await focusOn(page, 'Where is the server?');
  await page.keyboard.type(server.address);
  await page.keyboard.press('Enter');
  await confirmOutside(page, app.hostOutput);
  await focusOn(page, 'Is this the server you mean?');
  await dialog.getByLabel('I compared the identity').check();
  await dialog.getByRole('button', { name: 'Continue' }).press('Enter');
  await focusOn(page, 'What do you call it?');
  await dialog.getByRole('button', { name: 'Back' }).press('Enter');
  await focusOn(page, 'Is this the server you mean?');
  await page.keyboard.press('Escape');

  await goTo(page, '/settings/detection');
  const word = page.getByLabel('Words or pattern');
  await word.fill('Halden');
  await word.press('Enter');
  await page.getByRole('button', { name: 'Remove Halden' }).press('Enter');
  await focusOn(page, 'Words or pattern');
}, 300_000);

test('an answer that is stopped, asked for anew or tried again, and a conversation that is deleted', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await page.getByRole('button', { name: 'Answer again' }).press('Enter');
  await focusOn(page, 'Your prompt');
  // It comes back with the next answer.
  await page.getByRole('button', { name: 'Answer again' }).waitFor();

  await write(page, 'Please tell me a story about a house by the sea, and about anna.weber@mail.net.');
  await promptField(page).press('Enter');
  await page.getByText('An answer is being made: what was shown for it leaves').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).press('Enter');
  await page.getByText('Stopped by you.').waitFor();
  await focusOn(page, 'Your prompt');

  for (const text of ['Call +49 30 23125 042 for me.', 'Remember the lantern of anna.weber@mail.net.']) {
    await page.keyboard.press('Control+n');
    await ask(page, text);
  }
  const remove = async (title: string) => {
    await page.getByRole('link', { name: title }).press('Delete');
    await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
    await page.getByRole('link', { name: title }).waitFor({ state: 'detached' });
  };
  await remove('Call +49 30 23125 042');
  await focusOn(page, /^Write to anna.weber/);
  await remove('Remember the lantern');
  await focusOn(page, /^Write to anna.weber/);
  await remove('Write to anna.weber');
  await focusOn(page, 'Your prompt');
}, 300_000);

test('the rail, in a wide window and in a narrow one, where nothing behind it has the focus', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const show = page.getByRole('button', { name: 'Show conversations' });
  const hide = page.getByRole('button', { name: 'Hide conversations' });
  await hide.press('Enter');
  await focusOn(page, 'Show conversations');
  await show.press('Enter');
  await focusOn(page, 'Search conversations');
  await page.setViewportSize({ width: 600, height: 800 });
  await focusOn(page, 'Show conversations');
  await show.press('Enter');
  await focusOn(page, 'Search conversations');
  await app.look('rail-above');
  for (let steps = 0; steps < 10; steps += 1) {
    await page.keyboard.press('Tab');
    const beneath = await page.evaluate(() => document.activeElement?.closest('.page') !== null);
    expect(beneath).toBe(false);
  }
  await page.keyboard.press('Escape');
  await focusOn(page, 'Show conversations');
}, 300_000);

test('a long list of conversations keeps the focus, and Tab its way in, wherever it is scrolled to', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await importMany(page, 203);
  const titled = (number: number) => page.getByRole('link', { name: `Question ${number}`, exact: true });
  await titled(3).focus();
  expect(await titled(3).locator('..').getAttribute('aria-posinset')).toBe('3');
  expect(await titled(3).locator('..').getAttribute('aria-setsize')).toBe('203');
  const scrollTo = async (place: 'start' | 'end', seen: number) => {
    await titled(3).evaluate((link, to) => {
      const box = link.closest('.box');
      if (box) box.scrollTop = to === 'start' ? 0 : 5000;
    }, place);
    await titled(seen).waitFor();
  };
  await scrollTo('end', 150);
  await focusOn(page, 'Question 3');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await focusOn(page, 'Question 3');
  await scrollTo('end', 150);
  await page.keyboard.press('ArrowDown');
  await focusOn(page, 'Question 4');
  await scrollTo('start', 1);
  await titled(4).press('End');
  await focusOn(page, 'Question 200');
}, 300_000);

/** Waits until what has the focus is called so: by its label, else by its words. */
async function focusOn(page: Page, name: string | RegExp): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return '(nothing)';
      const label = element.id === '' ? null : document.querySelector(`label[for="${element.id}"]`);
      return (element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent).trim();
    });
  if (typeof name === 'string') await expect.poll(focused).toBe(name);
  else await expect.poll(focused).toMatch(name);
}
