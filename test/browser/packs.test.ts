/** Models: installed from a folder and over a slow line, damaged on the disk, and gone. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPack } from '../end-to-end/sotto.ts';
import { startServer } from '../interop/sotto-server.ts';
import { startSlowProxy } from '../interop/slow-proxy.ts';
import { startSession } from '../keychain/session.ts';
import { openApp, temporaryHome } from './app.ts';
import { addServer, ask, goTo, passFirstRun, promptField } from './steps.ts';

const graph = join('client', 'layer.2.out.onnx');

test('a model from a folder: refused while damaged, installed when whole, and said when it is damaged or gone later', async () => {
  const session = await startSession();
  onTestFinished(() => session.stop());
  const folder = await packNamed('harbour-14m');
  const home = await temporaryHome();
  const options = { session, home, hostArguments: ['--pack-folder', folder] };
  let app = await openApp(options);
  let { page } = app;
  await passFirstRun(page);

  await flipByte(join(folder, graph));
  await goTo(page, '/settings/packs');
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await page.getByText('The model was not installed').waitFor();
  await app.look('pack-folder-damaged');
  expect(await readdir(join(home, 'packs')).catch(() => [])).toEqual([]);

  await flipByte(join(folder, graph));
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('harbour-14m is installed').waitFor();
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await page.getByText('A model of that name is installed already').waitFor();
  await page.getByRole('radio', { name: 'Choose harbour-14m for new questions' }).check();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await ask(page, 'Write to anna.weber@mail.net.');

  const installed = join(home, 'packs', 'harbour-14m');
  await flipByte(join(installed, graph));
  await goTo(page, '/settings/packs');
  await page.getByRole('button', { name: 'Verify harbour-14m' }).click();
  await page.getByText('The model’s files are damaged').waitFor();
  await app.picture('pack-verify-damaged');

  await app.restartHost();
  await promptField(page).fill('Write to anna.weber@mail.net.');
  await page.getByText('The model’s files are damaged').first().waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await app.look('pack-damaged');
  await page.getByRole('button', { name: 'Show models' }).click();
  await page.getByRole('button', { name: 'Verify harbour-14m' }).waitFor();
  await app.close();

  await rm(installed, { recursive: true });
  app = await openApp(options);
  ({ page } = app);
  await page.getByText('The model harbour-14m is not on this machine').waitFor();
  await app.look('pack-missing');
  await page.getByRole('button', { name: 'Use the model that comes with Sotto' }).click();
  await ask(page, 'Write to anna.weber@mail.net.');
}, 300_000);

test('a model from a server: progress, stopped, broken off with the server, and gone on with where it ended', async () => {
  const pack = await packNamed('lantern-14m');
  const data = await temporary();
  let server = await startServer({ pack, dataDir: data });
  onTestFinished(() => server.kill());
  const line = await startSlowProxy(server.port, 3_000_000);
  onTestFinished(() => line.close());
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await addServer(app, {
    address: `https://127.0.0.1:${line.port}`,
    name: 'The library',
    identity: server.identity,
  });

  await goTo(page, '/settings/packs');
  await page.getByRole('region', { name: 'Model packs' }).getByLabel('Server').selectOption('The library');
  await page.getByRole('button', { name: 'Show offers' }).click();
  await page.getByRole('button', { name: 'Install lantern-14m' }).click();
  const progress = page.getByRole('progressbar', { name: /lantern-14m: .* of/ });
  const fetched = async () => Number(await progress.getAttribute('value', { timeout: 500 }).catch(() => 0));
  const atLeast = (bytes: number) => expect.poll(fetched, { interval: 50 }).toBeGreaterThan(bytes);
  await atLeast(2_000_000);
  // It must not come to its end while it is looked at.
  line.pause();
  await app.picture('pack-downloading');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText(/lantern-14m was stopped at .* What arrived is kept/).waitFor();
  line.resume();
  await app.look('pack-stopped');

  await page.getByRole('button', { name: 'Go on' }).click();
  await atLeast(6_000_000);
  await server.kill();
  await page.getByText('The transfer broke off').waitFor();
  await app.picture('pack-broken-off');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('The server does not answer').first().waitFor();
  expect(await readdir(join(app.home, 'packs'))).toEqual([expect.stringMatching(/^\.fetching-/)]);

  server = await startServer({ pack, dataDir: data, port: server.port });
  await page.getByRole('button', { name: 'Go on' }).click();
  // The first that is shown is what was there already.
  let shown = 0;
  await expect.poll(async () => (shown = await fetched()), { interval: 20 }).not.toBe(0);
  expect(shown).toBeGreaterThan(6_000_000);
  await app.picture('pack-resumed');
  await page.getByText('lantern-14m is installed').waitFor();
  await app.picture('pack-installed');
  expect(await readdir(join(app.home, 'packs'))).toEqual(['lantern-14m']);
  // What stood in the line's buffers when it broke came twice, and no more.
  expect(line.received()).toBeLessThan(2 * 18_600_000);

  // Gone again, and stopped before its first byte: it can be begun once more.
  await page.getByRole('radio', { name: 'Choose lantern-14m for new questions' }).check();
  await rm(join(app.home, 'packs', 'lantern-14m'), { recursive: true });
  await app.restartHost();
  const install = page.getByRole('button', { name: 'Install it from The library' });
  await install.waitFor();
  line.pause();
  await install.click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await install.waitFor();
}, 300_000);

/** The default pack under another name, as its provider would prepare it. */
async function packNamed(name: string): Promise<string> {
  const folder = join(await temporary(), name);
  await cp(defaultPack, folder, { recursive: true, dereference: true });
  const rename = async (half: string, fields: Record<string, string>) => {
    const path = join(folder, half, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify({ ...manifest, ...fields });
    await writeFile(path, text);
    return createHash('sha256').update(text).digest('hex');
  };
  await rename('client', { name, pack: await rename('server', { name }) });
  return folder;
}

/** Twice is as before. */
async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(path, bytes);
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-packs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
