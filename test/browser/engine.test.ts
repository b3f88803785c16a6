/** The process that computes dies in mid-answer; and twenty secrets that must be nowhere on the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scanFolder } from '../disk/scan.ts';
import { openApp } from './app.ts';
import { answering, ask, passFirstRun, promptField, send, write } from './steps.ts';

test('killed in mid-answer it is started again; the answer fails, and nothing else is lost', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await ask(page, 'Write to anna.weber@mail.net that I am late.');
  await write(page, 'Please tell me a story about a house by the sea, and about anna.weber@mail.net.');
  await send(page);
  await answering(page);
  const [child] = childrenOf(app.hostPid()).filter(({ command }) => command.includes('services-process'));
  if (!child) throw new Error('the services have no process of their own');
  process.kill(child.pid, 'SIGKILL');
  await page.getByText('engine ended and was started again').first().waitFor();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await app.look('engine-restarted');
  await ask(page, 'Write to anna.weber@mail.net that I am here.');
  expect(childrenOf(app.hostPid()).some(({ pid }) => pid === child.pid)).toBe(false);
}, 300_000);

test('after a session with twenty secrets none of them is in any file of the profile', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  for (const secrets of [twenty.slice(0, 10), twenty.slice(10)]) {
    await ask(page, `Keep in mind: ${secrets.join(', ')}.`);
  }
  const search = page.getByRole('searchbox', { name: 'Search conversations' });
  await search.fill('wqz7');
  await page.waitForTimeout(1000);
  await promptField(page).fill(`And ${twenty[3] ?? ''} is not sent`);
  await page.waitForTimeout(1000);
  await app.close();
  expect(scanFolder(app.home, twenty)).toEqual([]);
}, 400_000);

/** Words that stand nowhere else by chance. */
const twenty = [
  'anna.quenzel@mail.net',
  'boris.vyhnal@posteo.example.net',
  '+49 30 23125 042',
  '+44 20 7946 0958',
  'DE89 3704 0044 0532 0130 00',
  'GB33 BUKB 2020 1555 5555 55',
  '4111 1111 1111 1111',
  '5500 0000 0000 0004',
  '10.77.31.204',
  '00:1b:44:11:3a:b7',
  'Halvorsen-Quist',
  'Project Bluewhistle',
  'wqz7-harbour-lantern',
  'Przemyśl Dworzec',
  'Tannenfels 17b',
  'ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX',
  'https://admin:tr0ub4dor@wiki.halden.net/',
  'Ixchel Okonkwo-Brandt',
  'MRN-88213-QX',
  'Zürichbergweg 4',
];

/** The processes that one started, from `/proc`. */
function childrenOf(parent: number): { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        const owner = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
        if (owner !== parent) return [];
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
      } catch {
        return [];
      }
    });
}
