/**
 * The application as a person meets it: real browser, production page, web host, services, keychain, server.
 *
 * What is measured, row by row:
 * - `start-to-usable-ms`: from starting the program to a prompt that takes text, on a profile with history.
 * - `key-to-mark-p95-ms`: from the key that completes (or breaks) a name and a card number at the end of 2,000 characters
 *   to the marks of rules and model that are right again; the 95th percentile of a run's keys.
 * - `worst-frame-1000-messages-ms`: the longest time between two frames while 1,000 messages are scrolled through.
 * - `renderer-gzip-bytes`: markup, scripts, styles and pictures of the pages, compressed. The detector's model and the
 *   WebAssembly that runs it are loaded beside the page, which takes text before they are there.
 * - `idle-cpu-percent` of one core, and `resident-mb`: host, services and page together, ten seconds after the last
 *   key, with the model loaded.
 */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { browserArguments, browserBinary, startHost } from '../browser/host.ts';
import type { Host } from '../browser/host.ts';
import { startSession } from '../keychain/session.ts';
import type { Session } from '../keychain/session.ts';
import type { Benchmark } from './row.ts';
import { constant, row } from './row.ts';

const page = join(import.meta.dirname, '..', '..', 'dist', 'renderer');
const settleSeconds = 10;
const idleSeconds = 10;
const keysPerRun = 40;

export const application: Benchmark = {
  name: 'app',
  about: 'the desktop application: start, marks while typing, scrolling, size, idle load',
  async run({ runs, progress }) {
    const session = await startSession();
    const home = await mkdtemp(join(tmpdir(), 'sotto-bench-app-'));
    const browser = await chromium.launch({ executablePath: browserBinary(), args: browserArguments });
    try {
      progress('first run, and a conversation of 1,000 messages');
      await prepare(browser, session, home);
      const starts: number[] = [];
      for (let i = 0; i < runs; i += 1) {
        progress(`start ${i + 1} of ${runs}`);
        starts.push(
          await withApp(browser, session, home, (_page, _host, startMs) => Promise.resolve(startMs)),
        );
      }
      return await withApp(browser, session, home, async (open, host) => {
        const [keys, frames]: [number[], number[]] = [[], []];
        for (let i = 0; i < runs; i += 1) {
          progress(`typing ${i + 1} of ${runs}`);
          keys.push(percentile(await keyToMark(open), 0.95));
        }
        await open.getByText('A thousand messages').first().click();
        await open.getByText('message 999').first().waitFor();
        for (let i = 0; i < runs; i += 1) {
          progress(`scrolling ${i + 1} of ${runs}`);
          frames.push(await worstFrame(open));
        }
        progress('idle');
        const idle = await idleLoad(browser, host);
        return [
          row('start-to-usable-ms', 'ms', starts),
          row('key-to-mark-p95-ms', 'ms', keys),
          row('worst-frame-1000-messages-ms', 'ms', frames),
          constant('renderer-gzip-bytes', 'bytes', gzippedBytes(page)),
          constant('idle-cpu-percent', '% of one core', idle.cpuPercent),
          constant('resident-mb', 'MB', idle.residentMb),
        ];
      });
    } finally {
      await browser.close();
      await session.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

/** Starts the program and opens its page; `startMs` is until the prompt takes text. */
async function withApp<T>(
  browser: Browser,
  session: Session,
  home: string,
  use: (page: Page, host: Host, startMs: number) => Promise<T>,
): Promise<T> {
  // An empty window is there already: how long a browser takes to make one says nothing about Sotto.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  const open = await context.newPage();
  // A new window also loads a page of Chromium's own, for what its address bar shows.
  await open.waitForTimeout(2000);
  const began = performance.now();
  const host = await startHost({ env: session.env, home });
  try {
    await open.goto(host.pageAddress());
    await open.getByRole('textbox', { name: 'Your prompt' }).waitFor({ timeout: 60_000 });
    return await use(open, host, performance.now() - began);
  } finally {
    await context.close();
    await host.stop();
  }
}

/** The first run, and an imported conversation. */
async function prepare(browser: Browser, session: Session, home: string): Promise<void> {
  const host = await startHost({ env: session.env, home });
  const context = await browser.newContext({ locale: 'en-GB' });
  try {
    const open = await context.newPage();
    await open.goto(host.pageAddress());
    await open.getByRole('button', { name: 'Continue' }).click();
    await open.getByRole('button', { name: 'Make the key' }).click();
    await open.getByRole('button', { name: 'Later' }).click();
    await open.getByRole('button', { name: 'Skip' }).click();
    await open.getByRole('button', { name: 'All conversations' }).click();
    await open.getByRole('menuitem', { name: 'Import conversations' }).click();
    await open
      .getByRole('dialog')
      .getByLabel('Choose a file')
      .first()
      .setInputFiles({
        name: 'conversations.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify([thousandMessages()])),
      });
    await open.getByText('1 conversation with').waitFor({ timeout: 60_000 });
    await open.getByRole('button', { name: 'Done' }).click();
  } finally {
    await context.close();
    await host.stop();
  }
}

/** In the form of a ChatGPT export: a chain of nodes. */
function thousandMessages() {
  const mapping: Record<string, unknown> = {
    root: { id: 'root', parent: null, children: ['m0'], message: null },
  };
  for (let i = 0; i < 1000; i += 1) {
    const role = i % 2 === 0 ? 'user' : 'assistant';
    const parts = [`This is message ${i}. ${paragraphs[i % paragraphs.length] ?? ''}`];
    mapping[`m${i}`] = {
      id: `m${i}`,
      parent: i === 0 ? 'root' : `m${i - 1}`,
      children: i === 999 ? [] : [`m${i + 1}`],
      message: {
        id: `m${i}`,
        author: { role },
        create_time: 1_700_000_000 + i,
        content: { content_type: 'text', parts },
      },
    };
  }
  return {
    title: 'A thousand messages',
    create_time: 1_700_000_000,
    update_time: 1_700_001_000,
    current_node: 'm999',
    mapping,
  };
}

const paragraphs = [
  'The rent for DE89 3704 0044 0532 0130 00 goes out on Friday, and nothing else changes.',
  'Three things:\n\n- the *first* is short\n- the **second** is `code`\n- the third is a [link](https://example.org)',
  '```python\ndef total(rows):\n    return sum(row.bytes for row in rows)\n```\n\nIt adds them up.',
  'A longer paragraph that runs over several lines of the window, so that heights differ from message to message, as they do when people write to each other about ordinary things over a long time.',
];

/** Milliseconds of each key that completes or breaks a name and a card number behind 2,000 characters. */
async function keyToMark(open: Page): Promise<number[]> {
  const sentence = 'The ward wrote about the report, and nothing came of it until the afternoon. ';
  const text = `${sentence.repeat(26).slice(0, 1955)} Maria Keller, 4111 1111 1111 111`;
  const field = open.getByRole('textbox', { name: 'Your prompt' });
  await field.fill(text);
  await field.press('Control+End');
  await open.locator('form.composer[data-detection=checked]').waitFor({ timeout: 60_000 });
  await open.waitForTimeout(500);
  await open.evaluate(() => {
    const area = document.querySelector('textarea');
    const form = document.querySelector('form.composer');
    const times: number[] = [];
    let pressed = 0;
    area?.addEventListener('input', () => (pressed = performance.now()));
    new MutationObserver(() => {
      if (pressed === 0 || form?.getAttribute('data-detection') !== 'checked') return;
      times.push(performance.now() - pressed);
      pressed = 0;
    }).observe(form ?? document.body, { attributes: true, attributeFilter: ['data-detection'] });
    (globalThis as unknown as { times: number[] }).times = times;
  });
  for (let i = 0; i < keysPerRun; i += 1) {
    await open.keyboard.press(i % 2 === 0 ? '1' : 'Backspace');
    await open.waitForFunction(
      (wanted) => (globalThis as unknown as { times: number[] }).times.length >= wanted,
      i + 1,
      { timeout: 10_000 },
    );
    await open.waitForTimeout(30);
  }
  const times = await open.evaluate(() => (globalThis as unknown as { times: number[] }).times);
  await field.fill('');
  return times;
}

/** Milliseconds of the longest frame while the conversation is scrolled from its end to its beginning. */
async function worstFrame(open: Page): Promise<number> {
  return open.evaluate(async () => {
    const target = document.querySelector('article')?.closest('[role=region]');
    if (!target || target.scrollHeight <= target.clientHeight) throw new Error('there is nothing to scroll');
    target.scrollTop = target.scrollHeight;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const gaps: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    const began = last;
    const distance = target.scrollHeight;
    while (target.scrollTop > 0 && last - began < 8000) {
      target.scrollTop -= Math.max(120, distance / 400);
      const now = await new Promise<number>(requestAnimationFrame);
      gaps.push(now - last);
      last = now;
    }
    return Math.max(...gaps);
  });
}

interface IdleLoad {
  readonly cpuPercent: number;
  readonly residentMb: number;
}

async function idleLoad(browser: Browser, host: Host): Promise<IdleLoad> {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const own = [host.child.pid ?? 0, ...descendants(host.child.pid ?? 0)];
  const all = [...own, ...pages];
  await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1000));
  const before = all.reduce((sum, pid) => sum + cpuTicks(pid), 0);
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
  const ticks = all.reduce((sum, pid) => sum + cpuTicks(pid), 0) - before;
  return {
    // 100 clock ticks are a second on Linux (sysconf(_SC_CLK_TCK)).
    cpuPercent: ticks / idleSeconds,
    residentMb: Math.round(all.reduce((sum, pid) => sum + residentKb(pid), 0) / 1024),
  };
}

function stat(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function cpuTicks(pid: number): number {
  const fields = stat(pid);
  return Number(fields[11]) + Number(fields[12]);
}

function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

function descendants(parent: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(stat(pid)[1]) === parent;
      } catch {
        return false;
      }
    });
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

function gzippedBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:js|css|html|svg)$/.test(entry.name))
    .reduce(
      (sum, entry) => sum + gzipSync(readFileSync(join(entry.parentPath, entry.name)), { level: 9 }).length,
      0,
    );
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
