/** What may go wrong around a question: the host is gone, the token is refused, the plan is another one, the disk is full. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serverBinary } from '../../main/services/bundled-server.ts';
import { mayMount, mountSmallDisk } from '../disk/small-disk.ts';
import { defaultPack } from '../end-to-end/sotto.ts';
import { startServer } from '../interop/sotto-server.ts';
import { openApp, temporaryHome } from './app.ts';
import { holdBack } from './held-back.ts';
import type { HeldBack } from './held-back.ts';
import {
  answering,
  ask,
  choosePolicy,
  confirmOutside,
  describeServer,
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

test('the host is gone: the page says so, keeps what is written, sends nothing, and a new start has everything', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await write(page, privatePrompt);
  await app.killHost();
  await page.getByRole('alert').getByText('Reconnecting to Sotto on this machine').waitFor();
  await app.look('offline');
  // Words are looked for in the page itself, and go on being marked.
  await promptField(page).press('End');
  await page.keyboard.type(' Or call +49 30 23125 042.');
  await page.getByRole('button', { name: '4 marked words' }).waitFor();
  await promptField(page).press('Enter');
  await page.getByText('This window lost its connection to Sotto').first().waitFor();
  await app.picture('offline-not-sent');
  expect(await promptField(page).inputValue()).toBe(`${privatePrompt} Or call +49 30 23125 042.`);
  expect(await receipts(page).count()).toBe(1);

  await app.restartHost();
  await page.getByText('Write to anna.weber@mail.net that I am late.').first().click();
  await receipts(page).first().waitFor();
  expect(await page.getByText('Please write a short note').count()).toBe(0);
}, 300_000);

test('the line is cut in mid-answer and comes back to the same host: nothing is lost, and all goes on without a new start', async () => {
  const app = await openApp({ cuttable: true });
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await write(page, 'Please tell me a story about a house by the sea, and about anna.weber@mail.net.');
  await send(page);
  await answering(page);
  app.cutLine();
  await page.getByText('This window lost its connection to Sotto').first().waitFor();
  await page.getByRole('alert').getByText('Reconnecting to Sotto on this machine').waitFor();
  await app.look('line-cut');
  await promptField(page).fill('Call +49 30 23125 042 for me.');
  await page.getByRole('button', { name: '1 marked word' }).waitFor();
  await promptField(page).press('Enter');

  app.restoreLine();
  await page.getByText('Reconnecting to Sotto on this machine').first().waitFor({ state: 'detached' });
  await planLine(page).waitFor();
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect.poll(() => receipts(page).count()).toBe(2);
  expect(await page.getByText('This window lost its connection to Sotto').count()).toBe(0);
  await send(page);
  await expect.poll(() => receipts(page).count()).toBe(3);

  // What happened while a window was away is in its list when it is back.
  const elsewhere = await app.open('', { direct: true });
  const other = await app.open('');
  await promptField(other).waitFor();
  app.cutLine();
  // Most likely before this part of the page was fetched.
  await goTo(other, '/settings/about');
  await page.getByRole('alert').getByText('Reconnecting to Sotto on this machine').waitFor();
  await ask(elsewhere, 'Remember the lantern of anna.weber@mail.net.');
  expect(await page.getByText('Remember the lantern').count()).toBe(0);
  app.restoreLine();
  await page.getByText('Remember the lantern').first().click();
  await expect.poll(() => receipts(page).count()).toBe(1);
  await other.getByRole('heading', { name: 'About' }).waitFor();
}, 300_000);

test('a token is refused: when the server is added, and when the provider takes it back; another one mends it', async () => {
  const data = await temporary();
  const tokens = join(data, 'tokens.json');
  const account = (...args: string[]) =>
    execFileSync(serverBinary(), ['token', ...args, '--tokens', tokens], { encoding: 'utf8' }).trim();
  const token = account('add', 'ward');
  const server = await startServer({ pack: defaultPack, dataDir: data, tokens });
  onTestFinished(() => server.kill());
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);

  const clinic = { address: server.address, name: 'The clinic', identity: server.identity };
  await describeServer(app, { ...clinic, token: 'not-the-token' });
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Pin and add' }).click();
  await dialog.getByText('The server refuses the token').waitFor();
  await app.look('token-refused-adding');
  await dialog.getByLabel('Token, if the provider gave you one').fill(token);
  await dialog.getByRole('button', { name: 'Pin and add' }).click();
  await page.getByRole('button', { name: 'Choose it for new questions' }).click();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await ask(page, 'Call +49 30 23125 042 for me.');

  account('remove', 'ward');
  await write(page, 'Call +49 30 23125 043 for me.');
  await choosePolicy(page, 'Everything');
  await send(page);
  await page.getByText('The server refuses the token').first().waitFor();
  await page.getByText('The clinic refuses the token').first().waitFor();
  await app.look('token-refused');
  const quick = await app.open('quick.html');
  await promptField(quick).fill('Write to anna.weber@mail.net that I am late.');
  await promptField(quick).press('Enter');
  await quick.getByText('The server refuses the token').first().waitFor();
  const renewed = account('add', 'ward');
  await page.getByRole('button', { name: 'Enter a token' }).first().click();
  await app.look('token');
  await page.getByRole('dialog').getByLabel('Token').fill(renewed);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await confirmOutside(page, app.hostOutput);
  await page.getByText('The clinic refuses the token').first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect.poll(() => receipts(page).count()).toBe(2);
  expect(await page.getByText('The server refuses the token').count()).toBe(0);
  expect(await policyOf(page)).toBe('Everything');

  await quick.getByRole('button', { name: 'Try again' }).dblclick();
  await quick.getByText(/private · .* · verified/).waitFor();
  expect(await promptField(quick).inputValue()).toBe('Write to anna.weber@mail.net that I am late.');
  await page.getByText('Write to anna.weber@mail.net').first().click();
  await receipts(page).first().waitFor();
  await expect.poll(() => page.locator('.question').count()).toBe(1);
}, 300_000);

test('the plan becomes another one before it is executed: the user is told, and nothing is sent by the old one', async () => {
  let held: HeldBack | undefined;
  const app = await openApp({
    prepare: async (context) => {
      held = await holdBack(context, ['settings.watch']);
      held.release();
    },
  });
  const { page } = app;
  await passFirstRun(page);
  await write(page, privatePrompt);
  await planLine(page).getByText('stay here').waitFor();
  const other = await app.open('');
  await goTo(other, '/settings/privacy');
  await other.getByRole('radio', { name: 'Everything' }).waitFor();

  // The first page does not hear of the change before Enter is pressed in it, as on a slow machine.
  held?.hold({ open: true });
  await other.getByRole('radio', { name: 'Everything' }).check();
  await goTo(other, '/');
  await other.getByRole('button', { name: 'Everything' }).waitFor();
  await promptField(page).press('Enter');
  await page.getByText('The plan has changed').first().waitFor();
  held?.release();
  await app.look('plan-changed');
  expect(await promptField(page).inputValue()).toBe(privatePrompt);
  await page.getByText('Conversations appear here.').waitFor();
  expect(await planLine(page).innerText()).not.toMatch(/stay here/);

  await send(page);
  await receipts(page).first().waitFor();
}, 300_000);

test.skipIf(!mayMount)(
  'the disk is full: the question is refused or answered, nothing is lost, and with room all goes on',
  async () => {
    const home = await temporaryHome();
    const disk = mountSmallDisk(home, 64 << 20);
    onTestFinished(() => disk.unmount());
    const app = await openApp({ home });
    const { page } = app;
    await passFirstRun(page);
    await ask(page, 'Write to anna.weber@mail.net that I am late.');
    const giveBack = disk.fill();
    await write(page, privatePrompt);
    await send(page);
    await page.getByText('The disk is full').first().waitFor();
    await app.look('disk-full');
    // The question is in the prompt again, and nowhere else.
    expect(await promptField(page).inputValue()).toBe(privatePrompt);
    await expect.poll(() => page.locator('.question').count()).toBe(1);

    giveBack();
    await send(page);
    await expect.poll(() => receipts(page).count()).toBe(2);
    await app.restartHost();
    await page.getByText('Write to anna.weber@mail.net that I am late.').first().click();
    await expect.poll(() => receipts(page).count()).toBe(2);
  },
  300_000,
);

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-states-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
