/** Answers that come late, as on a busy machine: a click or a key before them is neither lost nor does it lead elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { errorOf } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';
import { defaultPack } from '../end-to-end/sotto.ts';
import { startServer } from '../interop/sotto-server.ts';
import { openApp } from './app.ts';
import { holdBack } from './held-back.ts';
import type { HeldBack } from './held-back.ts';
import {
  addServer,
  ask,
  chooseImport,
  confirmOutside,
  describeServer,
  goTo,
  openImport,
  passFirstRun,
  promptField,
  receipts,
  send,
  write,
} from './steps.ts';

test('the end of the first run is confirmed late: whoever went on to the settings stays there', async () => {
  const { app, held } = await openHolding('settings.set');
  const { page } = app;
  await passFirstRun(page);
  await held.caught();
  await goTo(page, '/settings/servers');
  await page.getByRole('button', { name: 'Add a server' }).waitFor();
  held.release();
  // An answer that comes behind the one that was held back.
  await page.getByRole('button', { name: 'Add a server' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Where is the server?').fill('https://127.0.0.1:1');
  await dialog.getByRole('button', { name: 'Look at the server' }).click();
  await confirmOutside(page, app.hostOutput);
  await dialog.getByText('The server does not answer').waitFor();
  expect(page.url()).toMatch(/#\/settings\/servers$/);
}, 300_000);

test('a question is accepted late: what is written or looked at meanwhile stays in its place, and so does the focus', async () => {
  const { app, held } = await openHolding('assistant.send', 'conversations.rename');
  const { page } = app;
  await passFirstRun(page);
  const rail = page.getByRole('navigation', { name: 'Conversations' });
  await write(page, 'Write to anna.weber@mail.net that I am late.');
  await send(page);
  await held.caught();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await promptField(page).fill('Call +49 30 23125 042 for me.');
  held.release();
  await rail.getByText('Write to anna.weber@mail.net').waitFor();
  expect(page.url()).toMatch(/#\/$/);
  expect(await promptField(page).inputValue()).toBe('Call +49 30 23125 042 for me.');

  // The next one begins a conversation of its own, and comes to its end behind another screen.
  held.hold();
  await send(page);
  await held.caught();
  await goTo(page, '/settings/privacy');
  await page.getByRole('radio', { name: 'Everything' }).waitFor();
  held.release();
  await rail.getByText('Call +49 30 23125 042').waitFor();
  expect(page.url()).toMatch(/#\/settings\/privacy$/);
  await rail.getByText('Call +49 30 23125 042').click();
  await receipts(page).first().waitFor();
  await expect.poll(() => page.locator('.question').count()).toBe(1);

  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent.trim();
    });
  const rename = async (title: string, name: string) => {
    await rail.getByRole('link', { name: title }).press('F2');
    await rail.getByRole('textbox', { name: 'Title' }).fill(name);
  };
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  held.hold();
  await write(page, 'Remember the lantern of anna.weber@mail.net.');
  await send(page);
  await held.caught();
  await rename('Write to anna.weber@mail.net', 'The letter');
  held.release();
  await rail.getByText('Remember the lantern').waitFor();
  await receipts(page).first().waitFor();
  expect(await focused()).toBe('Title');
  // Ended by a key, it gives the focus to its row at once; ended by going elsewhere, not at all.
  held.hold();
  await page.keyboard.press('Enter');
  await held.caught();
  await rail.getByText('The letter').waitFor();
  expect(await focused()).toBe('The letter');
  await promptField(page).click();
  held.release();
  await rename('The letter', 'The note');
  await promptField(page).click();
  await rail.getByText('The note').waitFor();
  expect(await focused()).toBe('Your prompt');
}, 300_000);

test('a title that is being written is its own conversation’s, whatever is shown when that ends', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const rail = page.getByRole('navigation', { name: 'Conversations' });
  const title = page.locator('header h1');
  const field = page.locator('header').getByRole('textbox', { name: 'Title' });
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim());
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  const letter = await page.evaluate(() => location.hash.slice(1));
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await ask(page, 'Call +49 30 23125 042 for me.');

  // By the browser's back button, without a click that would end it before.
  await title.click();
  await goTo(page, letter);
  await title.getByText('Write to anna.weber@mail.net').waitFor();
  await title.click();
  await field.fill('The letter');
  await page.goBack();
  await title.getByText('Call +49 30 23125 042').waitFor();
  await rail.getByRole('link', { name: 'The letter' }).waitFor();
  await rail.getByRole('link', { name: 'Call +49 30 23125 042' }).waitFor();

  // Ended by a key, it gives the focus back.
  await title.click();
  await field.fill('The call');
  await page.keyboard.press('Enter');
  await title.getByText('The call').waitFor();
  expect(await focused()).toBe('The call');
  await page.keyboard.press('Enter');
  await field.press('Escape');
  expect(await focused()).toBe('The call');

  // It vanishes meanwhile.
  await title.click();
  await field.fill('Gone');
  const other = await app.open('');
  await other.getByRole('link', { name: 'The call' }).press('Delete');
  await other.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: 'What may nobody else read?' }).waitFor();
  await ask(page, 'Remember the lantern of anna.weber@mail.net.');
  expect(await page.locator('.notices .failure').count()).toBe(0);
  await rail.getByRole('link', { name: 'The letter' }).waitFor();
}, 300_000);

test('a question is refused late: it is in the prompt again before what was begun meanwhile, which Enter does not send with it', async () => {
  const sent: (() => void)[] = [];
  const planned: (() => void)[] = [];
  const held = { plans: false };
  const app = await openApp({
    prepare: (context) =>
      context.routeWebSocket(/\/port$/, (page) => {
        const host = page.connectToServer();
        const error = errorOf(
          new Failure('server', 'The server does not answer.', { reason: 'server-unreachable' }),
        );
        page.onMessage((text) => {
          const { id, service, method } = JSON.parse(String(text)) as Record<string, unknown>;
          if (service === 'assistant' && method === 'send')
            sent.push(() => page.send(JSON.stringify({ type: 'result', id, result: { ok: false, error } })));
          else if (held.plans && service === 'plan') planned.push(() => host.send(text));
          else host.send(text);
        });
      }),
  });
  const { page } = app;
  await passFirstRun(page);
  await write(page, 'Write to anna.weber@mail.net that I am late.');
  await send(page);
  await expect.poll(() => sent.length).toBe(1);
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  held.plans = true;
  await promptField(page).click();
  await page.keyboard.insertText('Call +49 30 23125 042 for me.');
  await page.keyboard.press('Enter');
  await expect.poll(() => planned.length).toBeGreaterThan(0);
  for (const refuse of sent) refuse();
  await page.getByText('The server does not answer').first().waitFor();
  const both = 'Write to anna.weber@mail.net that I am late.\nCall +49 30 23125 042 for me.';
  expect(await promptField(page).inputValue()).toBe(both);
  held.plans = false;
  for (const pass of planned) pass();
  await expect.poll(() => page.getByRole('button', { name: 'Send', exact: true }).isEnabled()).toBe(true);
  await app.look('question-refused');
  expect(await promptField(page).inputValue()).toBe(both);
  expect(sent).toHaveLength(1);
}, 300_000);

test('an answer is asked for anew once; a search is waited for; Enter sends nothing but what it was pressed in, and waits for nothing while an answer is written', async () => {
  const { app, held } = await openHolding('plan.preview', 'conversations.search');
  const { page } = app;
  held.release();
  await passFirstRun(page);
  const rail = page.getByRole('navigation', { name: 'Conversations' });
  await ask(page, 'Write to anna.weber@mail.net that I am late.');

  await write(page, 'Call +49 30 23125 042 for me.');
  held.hold();
  await page.getByRole('button', { name: 'Answer again' }).dblclick();
  await held.caught();
  expect(await page.getByRole('button', { name: 'Answer again' }).count()).toBe(0);
  await promptField(page).press('Enter');
  expect(await promptField(page).inputValue()).toBe('Call +49 30 23125 042 for me.');
  held.release();
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await expect.poll(() => receipts(page).count()).toBe(1);
  await expect.poll(() => page.locator('.question').count()).toBe(1);
  await promptField(page).fill('');
  expect(await page.getByText('is being answered').count()).toBe(0);

  const search = page.getByRole('searchbox', { name: 'Search conversations' });
  held.hold();
  await search.fill('late');
  await search.press('ArrowDown');
  await held.caught();
  held.release();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.textContent))
    .toContain('Write to anna.weber@mail.net');
  await page.getByRole('button', { name: 'Clear the search' }).click();

  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await write(page, 'Remember the lantern of anna.weber@mail.net.');
  await rail.getByText('Write to anna.weber@mail.net').click();
  held.hold();
  await promptField(page).click();
  await page.keyboard.insertText('Call +49 30 23125 042 for me.');
  await page.keyboard.press('Enter');
  await held.caught();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  held.release();
  await expect.poll(() => page.getByRole('button', { name: 'Send', exact: true }).isEnabled()).toBe(true);
  expect(await promptField(page).inputValue()).toBe('Remember the lantern of anna.weber@mail.net.');
  await rail.getByText('Write to anna.weber@mail.net').click();
  await expect.poll(() => promptField(page).inputValue()).toBe('Call +49 30 23125 042 for me.');
  expect(await rail.getByText('Remember the lantern').count()).toBe(0);

  await write(page, 'Please tell me a story about a house by the sea, and about anna.weber@mail.net.');
  await send(page);
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await promptField(page).click();
  held.hold();
  await page.keyboard.insertText('Call +49 30 23125 042 for me.');
  await page.keyboard.press('Enter');
  await held.caught();
  held.release();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Stopped by you.').waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Send', exact: true }).isEnabled()).toBe(true);
  expect(await promptField(page).inputValue()).toBe('Call +49 30 23125 042 for me.');
  // It was planned behind an answer that was not at its end: what is sent now is what goes on from that end.
  await send(page);
  await expect.poll(() => receipts(page).count()).toBe(3);
  expect(await page.getByText('The plan has changed').count()).toBe(0);
}, 300_000);

test('what was cancelled in the settings is not there when it was done already, and changes nothing of what is looked at then', async () => {
  const data = await mkdtemp(join(tmpdir(), 'sotto-late-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const server = await startServer({ pack: defaultPack, dataDir: data });
  onTestFinished(() => server.kill());
  const clinic = { address: server.address, identity: server.identity, name: 'The clinic' };
  const { app, held } = await openHolding('servers.add', 'packs.offers');
  const { page } = app;
  await passFirstRun(page);
  const dialog = page.getByRole('dialog');
  const listed = page.getByRole('radio', { name: 'The clinic' });

  await describeServer(app, clinic);
  await dialog.getByRole('button', { name: 'Pin and add' }).click();
  await held.caught();
  await listed.waitFor({ state: 'attached' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Add a server' }).click();
  held.release();
  await listed.waitFor({ state: 'detached' });
  await dialog.getByText('Step 1 of 3').waitFor();
  expect(await page.getByRole('button', { name: 'Choose it for new questions' }).count()).toBe(0);
  await page.keyboard.press('Escape');

  // Nothing of it is left in the way of who wants it after all.
  await addServer(app, clinic);
  await goTo(page, '/settings/packs');
  const packs = page.getByRole('region', { name: 'Model packs' });
  const from = packs.getByLabel('Server');
  const offers = packs.getByText('installed', { exact: true });
  held.hold();
  await from.selectOption('The clinic');
  await page.getByRole('button', { name: 'Show offers' }).click();
  await held.caught();
  await from.selectOption({ index: 1 });
  held.release();
  held.hold();
  await page.getByRole('button', { name: 'Show offers' }).click();
  // What was let go before has reached the page: it is not this server's.
  await held.caught();
  expect(await offers.count()).toBe(0);
  held.release();
  await offers.waitFor();

  // News of a server leaves alone what is being typed about it.
  const rename = async (on: Page, name: string) => {
    await goTo(on, '/settings/servers');
    await on.getByRole('button', { name: 'More for The clinic' }).click();
    await on.getByRole('menuitem', { name: 'Rename' }).click();
    await on.getByRole('dialog').getByLabel('Name').fill(name);
  };
  const other = await app.open('');
  await rename(page, 'The ward');
  await rename(other, 'The surgery');
  await other.keyboard.press('Enter');
  await dialog.getByRole('heading', { name: 'Rename The surgery' }).waitFor();
  expect(await dialog.getByLabel('Name').inputValue()).toBe('The ward');
}, 300_000);

test('an import that was cancelled says nothing when its dialogue is open again', async () => {
  const { app, held } = await openHolding('conversations.import');
  const { page } = app;
  await passFirstRun(page);
  const dialog = page.getByRole('dialog');
  await openImport(page);
  await chooseImport(page, []);
  await held.caught();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await openImport(page);
  held.release();
  // By then the answer has reached the page.
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  expect(await dialog.getByRole('button', { name: 'Done' }).count()).toBe(0);
  await chooseImport(page, []);
  await dialog.getByRole('button', { name: 'Done' }).click();
}, 300_000);

test('a start asks for each thing once', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const asked: string[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const { service, method } = JSON.parse(String(payload)) as { service?: string; method?: string };
      asked.push(`${String(service)}.${String(method)}`);
    });
  });
  await app.restartHost();
  await page.getByRole('heading', { name: 'What may nobody else read?' }).waitFor();
  await write(page, 'Call +49 30 23125 042 for me.');
  expect(asked).toContain('packs.list');
  expect(asked.filter((name, index) => asked.indexOf(name) !== index)).toEqual([]);
}, 300_000);

async function openHolding(...methods: string[]) {
  let held: HeldBack | undefined;
  const app = await openApp({
    prepare: async (context: BrowserContext) => {
      held = await holdBack(context, methods);
    },
  });
  if (!held) throw new Error('nothing is held back');
  return { app, held };
}
