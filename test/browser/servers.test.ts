/** A provider's server: added by its pinned identity, stopped, killed, back with another certificate. */
import { mkdtemp, rm } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serverBinary } from '../../main/services/bundled-server.ts';
import { defaultPack } from '../end-to-end/sotto.ts';
import { startServer } from '../interop/sotto-server.ts';
import { startCountingProxy } from '../interop/counting-proxy.ts';
import { openApp } from './app.ts';
import {
  addServer,
  answering,
  ask,
  confirmOutside,
  passFirstRun,
  promptField,
  receipts,
  send,
  write,
} from './steps.ts';

const longPrompt =
  'Please tell me a story about a house by the sea, and about anna.weber@mail.net who lived in it.';

test('a server with a token: refused, stopped, killed in mid-answer, and another certificate', async () => {
  const data = await temporary();
  const tokens = join(data, 'tokens.json');
  const token = execFileSync(serverBinary(), ['token', 'add', 'ward', '--tokens', tokens], {
    encoding: 'utf8',
  }).trim();
  let server = await startServer({ pack: defaultPack, dataDir: join(data, 'one'), tokens });
  onTestFinished(() => server.kill());
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);

  await addServer(app, { address: server.address, token, name: 'The clinic', identity: server.identity });
  await app.look('settings-servers');
  await page.getByRole('button', { name: 'New conversation' }).first().click();

  await write(page, longPrompt);
  await send(page);
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await answering(page);
  // It must not come to its end while it is looked at.
  server.pause();
  await app.look('streaming');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Stopped by you.').waitFor();
  server.resume();
  await app.look('stopped');

  await write(page, longPrompt);
  await send(page);
  await answering(page);
  await server.kill();
  await page.getByText('The server went away in mid-answer').first().waitFor();
  await app.look('server-lost');

  // Back at the same address with another certificate, as after a move, or as an impostor.
  server = await startServer({
    pack: defaultPack,
    dataDir: join(data, 'two'),
    tokens,
    port: server.port,
  });
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await promptField(page).fill('Call +49 30 23125 042 for me.');
  await page.getByText('The server shows another certificate').first().waitFor();
  await app.look('certificate-changed');
  await page.getByRole('button', { name: 'Compare the identities' }).first().click();
  await page.getByRole('button', { name: 'Accept the new certificate' }).waitFor();
  await app.look('certificate-compare');
  await page.getByRole('button', { name: 'Accept the new certificate' }).click();
  await confirmOutside(page, app.hostOutput);
  await page.getByText('The new certificate of The clinic is pinned.').first().waitFor();
  await page.keyboard.press('Escape');
  await ask(page, 'Call +49 30 23125 042 for me.');
  expect(await receipts(page).last().innerText()).toMatch(/private .* verified/);
}, 400_000);

test('a product that was tampered with: the answer is discarded, and says so', async () => {
  const data = await temporary();
  const server = await startServer({ pack: defaultPack, dataDir: data, tls: false });
  onTestFinished(() => server.kill());
  let tampering = false;
  const proxy = await startCountingProxy(server.port, {
    tamper(payload, { direction, offset }) {
      // In the middle of a product: no length and no header changes.
      if (tampering && direction === 'received' && offset > 4096 && payload.length > 64) {
        payload[32] = (payload[32] ?? 0) ^ 0xff;
      }
    },
  });
  onTestFinished(() => proxy.close());
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await addServer(app, { address: proxy.address, name: 'Tampered', identity: undefined });
  // What is read out has no figure, which is another one every half minute.
  const bar = page.getByRole('banner');
  await bar.getByText(/^Protected · Tampered · .*s$/).waitFor();
  expect(await bar.getByRole('status').textContent()).toBe('Protected · Tampered');
  // It has no certificate to compare: the keys pass that entry.
  await page.getByRole('button', { name: 'More for Tampered' }).press('ArrowDown');
  const entry = (name: string) => page.getByRole('menuitem', { name });
  const isFocused = (name: string) => entry(name).evaluate((one) => one === document.activeElement);
  await expect.poll(() => isFocused('Rename')).toBe(true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await isFocused('Remove')).toBe(true);
  await page.keyboard.press('ArrowDown');
  expect(await isFocused('Rename')).toBe(true);
  await page.keyboard.press('r');
  expect(await isFocused('Remove')).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await write(page, longPrompt);
  tampering = true;
  await send(page);
  await page.getByText('A product of the server is wrong: the answer is discarded.').waitFor();
  await app.look('discarding');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('The answer did not verify and was discarded').first().waitFor();
  await app.look('integrity-failed');
}, 300_000);

test('a server that is not there: said at once, with what to do', async () => {
  const data = await temporary();
  const server = await startServer({ pack: defaultPack, dataDir: data });
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await addServer(app, { address: server.address, name: 'Gone', identity: server.identity });
  await server.kill();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await promptField(page).fill('Write to anna.weber@mail.net.');
  await page.getByText('The server does not answer').first().waitFor();
  await app.look('server-unreachable');
}, 300_000);

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-servers-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
