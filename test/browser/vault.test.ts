/** Where the key is, and what happens when it cannot be had: real keyrings, locked, absent, restored. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSession } from '../keychain/session.ts';
import { openApp } from './app.ts';
import {
  ask,
  confirmOutside,
  goTo,
  passFirstRun,
  privatePrompt,
  promptField,
  receipts,
  skipExample,
} from './steps.ts';

const passphrase = 'seven quiet herons at dusk';

test('a locked keyring is waited for, and nothing is made in its place', async () => {
  const session = await startSession();
  onTestFinished(() => session.stop());
  const app = await openApp({ session });
  const { page } = app;
  await passFirstRun(page);
  await session.lock();
  await app.restartHost();
  await page.getByRole('heading', { name: 'The keychain is locked' }).waitFor();
  await app.look('keychain-locked');
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await page.getByText('The keychain is still locked.').waitFor();
  await session.restart();
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await promptField(page).waitFor();
}, 300_000);

test('without a keychain the user may choose a passphrase, and it is asked for at the next start', async () => {
  const session = await startSession({ keyring: 'no-bus' });
  onTestFinished(() => session.stop());
  const app = await openApp({ session });
  const { page } = app;
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('No keychain answers on this machine.').waitFor();
  await app.look('keychain-unavailable');
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByLabel('Once more').fill(passphrase);
  await page.getByLabel('I understand that a forgotten passphrase cannot be reset.').check();
  await page.getByRole('button', { name: 'Use a passphrase' }).click();
  await page.getByRole('button', { name: 'Later' }).click();
  await skipExample(page);
  await ask(page, privatePrompt);

  await app.restartHost();
  await page.getByRole('heading', { name: 'Enter the passphrase' }).waitFor();
  await app.look('passphrase');
  await page.getByLabel('Passphrase', { exact: true }).first().fill('six loud herons at noon');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the passphrase').waitFor();
  await app.look('passphrase-wrong');
  // The focus has stayed where it is typed again.
  await page.keyboard.press('Control+a');
  await page.keyboard.type(passphrase);
  await page.keyboard.press('Enter');
  await page.getByText('Please write a short note').first().click();
  await receipts(page).first().waitFor();
}, 400_000);

test('a backup opens the history on another machine; without the key it stays closed', async () => {
  const first = await openApp();
  const { page } = first;
  await passFirstRun(page);
  await ask(page, privatePrompt);

  await goTo(page, '/settings/keys');
  await page.getByRole('button', { name: 'Renew…' }).click();
  await page.getByRole('button', { name: 'Renew', exact: true }).click();
  await page.getByText('The session keys were retired.').first().waitFor();
  await first.look('settings-keys');

  await page.getByRole('button', { name: 'Back up…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await dialog.getByLabel('Once more').fill(passphrase);
  await first.look('backup');
  const downloading = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Make the file' }).click();
  await confirmOutside(page, first.hostOutput);
  const download = await downloading;
  const kept = await mkdtemp(join(tmpdir(), 'sotto-backup-'));
  onTestFinished(() => rm(kept, { recursive: true, force: true }));
  const backup = join(kept, 'sotto.age');
  await download.saveAs(backup);
  expect(await readFile(backup, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
  // A new session key, and the history is still readable.
  await page.getByText('Please write a short note').first().click();
  await receipts(page).first().waitFor();
  await first.close();

  // The folder is on another machine now, whose keyring has no key of it.
  const second = await openApp({ home: first.home });
  await second.page.getByRole('heading', { name: 'The key of this profile is gone' }).waitFor();
  await second.look('keys-lost');
  await second.page.getByLabel('Choose the backup file').setInputFiles(backup);
  await second.page.getByLabel('Passphrase of the backup').fill(passphrase);
  await second.page.getByRole('button', { name: 'Restore', exact: true }).click();
  await second.page.getByText('Please write a short note').first().click();
  await receipts(second.page).first().waitFor();
}, 400_000);

test('one profile is open once', async () => {
  const app = await openApp();
  await passFirstRun(app.page);
  const second = await openApp({ session: app.session, home: app.home });
  await second.page.getByText('Sotto is already open').first().waitFor();
  await second.look('second-instance');
}, 300_000);
