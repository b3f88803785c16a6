/** Writing: large, by keyboard alone, from right to left, quickly, and without history. */
import { expect, test } from 'vitest';
import { openApp } from './app.ts';
import {
  ask,
  choosePolicy,
  goTo,
  passFirstRun,
  planLine,
  policyOf,
  privatePrompt,
  promptField,
  receipts,
  send,
  write,
} from './steps.ts';

test('a paste of 100 kB stays smooth, and says that it is too long for the model', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const line = 'The ward called +49 30 23125 042 about DE89 3704 0044 0532 0130 00 and nothing came of it. ';
  const text = line.repeat(Math.ceil(100_000 / line.length)).slice(0, 100_000);
  await promptField(page).click();
  const worst = await page.evaluate(async (pasted) => {
    const gaps: number[] = [];
    let last = performance.now();
    let going = true;
    const frame = (now: number) => {
      gaps.push(now - last);
      last = now;
      if (going) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a paste as the field's own editing: no other way from a script
    document.execCommand('insertText', false, pasted);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    going = false;
    return Math.max(...gaps.slice(2));
  }, text);
  expect(await promptField(page).inputValue()).toHaveLength(100_000);
  await page.getByText('The prompt is too long for this model').first().waitFor();
  await app.look('paste');
  // A hang, not a figure: the figure is `npm run bench -- app`.
  expect(worst).toBeLessThan(5_000);
  await promptField(page).press('End');
  await page.keyboard.type(' and');
  expect((await promptField(page).inputValue()).endsWith(' and')).toBe(true);
}, 300_000);

test('by keyboard alone: first run, marking, unmarking, preview, sending, receipt, search', async () => {
  const app = await openApp();
  const { page } = app;
  await page.getByRole('heading', { name: 'Tell it a secret' }).waitFor();
  const press = async (name: RegExp) => {
    for (let steps = 0; steps < 60; steps += 1) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      });
      if (name.test(focused.trim())) return page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
    }
    throw new Error(`${String(name)} cannot be reached by Tab`);
  };
  await press(/^Continue$/);
  await press(/^Make the key$/);
  await page.getByText('The key was made.').waitFor();
  await press(/^Later$/);
  await press(/^Skip$/);
  await promptField(page).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  await page.keyboard.type('Tell Halden that the lease ends.');
  await page.keyboard.press('Home');
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowRight');
  for (let i = 0; i < 6; i += 1) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Control+m');
  await page.getByRole('button', { name: '1 marked word' }).waitFor();
  await planLine(page).waitFor();
  await app.look('keyboard-marked');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await receipts(page).first().waitFor();
  await press(/^private/);
  await page.getByRole('heading', { name: 'Receipt' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('lease');
  await page.getByText('1 conversation', { exact: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await receipts(page).first().waitFor();
}, 300_000);

test('a prompt from right to left, and one that is not kept', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await write(page, 'בבקשה לכתוב אל anna.weber@mail.net לגבי החשבון DE89 3704 0044 0532 0130 00 ביום שישי.');
  await app.look('right-to-left');
  await promptField(page).fill('');
  await goTo(page, '/settings/privacy');
  await page
    .getByRole('switch', { name: /history/i })
    .first()
    .click();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await ask(page, privatePrompt);
  await page.getByText('Not kept').first().waitFor();
  await app.look('no-history');
  await app.restartHost();
  await promptField(page).waitFor();
  expect(await page.getByText('Please write a short note').count()).toBe(0);
}, 300_000);

test('in a narrow window, a conversation that is chosen again has the focus in its prompt again', async () => {
  const app = await openApp({ viewport: { width: 720, height: 600 } });
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.getByRole('link', { name: 'Write to anna.weber@mail.net' }).click();
  await page.getByRole('link', { name: 'Write to anna.weber@mail.net' }).waitFor({ state: 'detached' });
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
}, 300_000);

test('Enter pressed before the check is through sends only after it', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await promptField(page).click();
  await page.keyboard.insertText('Send the report to anna.weber@mail.net today.');
  await page.keyboard.press('Enter');
  await receipts(page).first().waitFor();
  await receipts(page).first().click();
  await page.getByText('Rows of the prompt encrypted').waitFor();
  expect(await page.getByText('Rows of the prompt encrypted').locator('..').innerText()).not.toMatch(
    /\b0 of/,
  );
}, 300_000);

test('edit and send again replaces what followed; answer again keeps the question; both keep what was chosen and what is half written', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Book a table for anna.weber@mail.net.');
  await choosePolicy(page, 'Everything');
  // The answer that it replaces goes first; seen from inside, since the next one may come before a look from outside.
  await page.evaluate(() => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('[title="Show the receipt"]') !== null) return;
      document.documentElement.dataset['seen'] = 'without receipt';
      observer.disconnect();
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
  await page.getByRole('button', { name: 'Answer again' }).click();
  await page.locator('html[data-seen="without receipt"]').waitFor({ state: 'attached' });
  await expect.poll(() => receipts(page).count()).toBe(1);
  expect(await policyOf(page)).toBe('Everything');

  const edit = page.getByRole('button', { name: 'Edit and send again' });
  // Of an earlier one: what is after it goes, and that is said before.
  await ask(page, 'And a taxi.');
  const again = page.getByRole('button', { name: 'Answer again' });
  await again.first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('the 2 messages after it are deleted').waitFor();
  await app.picture('answer-again');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await receipts(page).count()).toBe(2);
  await edit.first().click();
  await page.getByText('the 3 messages after it, which are deleted').waitFor();
  await promptField(page).press('Escape');
  await again.first().click();
  await dialog.getByRole('button', { name: 'Answer again' }).click();
  await expect.poll(() => receipts(page).count()).toBe(1);
  expect(await page.getByText('And a taxi.').count()).toBe(0);
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');

  await promptField(page).fill('And tell Halden');
  await page.keyboard.press('Control+Shift+ArrowLeft');
  await page.keyboard.press('Control+m');
  const halfWritten = async () => {
    await expect.poll(() => promptField(page).inputValue()).toBe('And tell Halden');
    await page.getByRole('button', { name: '1 marked word' }).waitFor();
    await page.getByText('This takes the place of').waitFor({ state: 'detached' });
  };
  await edit.click();
  expect(await promptField(page).inputValue()).toBe('Book a table for anna.weber@mail.net.');
  // Another one would write over it, or leave nothing that it could take the place of.
  expect(await edit.count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Answer again' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await halfWritten();
  await edit.click();
  await promptField(page).press('Escape');
  await halfWritten();
  await edit.click();
  await page.getByRole('button', { name: 'Everything' }).waitFor();
  await write(page, 'Book a taxi for anna.weber@mail.net.');
  await send(page);
  await expect.poll(() => page.getByText('Book a table for').count()).toBeLessThanOrEqual(1);
  await receipts(page).first().waitFor();
  await page.getByText('Book a taxi for').first().waitFor();
  await halfWritten();
  expect(await policyOf(page)).toBe('Everything');
}, 300_000);
