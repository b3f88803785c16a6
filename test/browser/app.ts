/**
 * The real application in a real browser: production build, web host, services' process, ONNX, keychain, server.
 *
 * Usage:
 *     const app = await openApp();                  // first run, on a desktop with an unlocked keyring
 *     const app = await openApp({ home, session }); // a profile that is there already
 *     await app.page.getByRole('button', { name: 'Send' }).click();
 *     await app.look('marked');                     // picture, accessibility, layout
 *     await app.restartHost();                      // the application ends and starts again, the page too
 *     app.cutLine();                                // of an app that was opened `cuttable`
 *     app.problems();                               // console errors, violations, foreign requests: must be []
 *     await app.close();                            // at the end of every test by itself; asserts that there were none
 */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Session } from '../keychain/session.ts';
import { startSession } from '../keychain/session.ts';
import { browserArguments, browserBinary, startHost } from './host.ts';
import { startLine } from './line.ts';
import { watchForProblems } from './problems.ts';

const root = join(import.meta.dirname, '..', '..');
/** Pictures of every state; those that documents show are copied from here by `build/pictures`. */
export const pictures = join(root, 'dist', 'pictures');

/** Milliseconds that any step may take: for hangs. Browser, host, keychain and server share few processors with others. */
const patience = 120_000;

export interface AppOptions {
  readonly session?: Session;
  /** The profile's home; a temporary one goes with the test. */
  readonly home?: string;
  readonly locale?: string;
  readonly dark?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly reducedMotion?: boolean;
  /** More arguments of the host. */
  readonly hostArguments?: readonly string[];
  readonly hostEnvironment?: Record<string, string>;
  /** `quick.html` for the quick prompt's own window. */
  readonly path?: string;
  /** The browser reaches the host over a line that `cutLine` cuts. */
  readonly cuttable?: boolean;
  /** Before the first page is opened. */
  readonly prepare?: (context: BrowserContext) => Promise<void>;
}

export interface App {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly session: Session;
  readonly home: string;
  /** The services' process and the host, as `/proc` knows them. */
  readonly hostPid: () => number;
  /** What the host printed so far, its terminal's confirmation codes among it. */
  readonly hostOutput: () => string;
  address(): string;
  /** @param options.direct beside the line that `cutLine` cuts. */
  open(path: string, options?: { readonly direct?: boolean }): Promise<Page>;
  /** Takes a picture, and fails on anything that axe finds or that overflows the window sideways. */
  look(name: string, on?: Page): Promise<void>;
  /** The same without axe, where the page is one that it has just looked through. */
  picture(name: string, on?: Page): Promise<void>;
  restartHost(): Promise<void>;
  /** The host ends as in a crash; `restartHost` starts another one. */
  killHost(): Promise<void>;
  /** The host goes on, and the page cannot reach it until `restoreLine`. */
  cutLine(): void;
  restoreLine(): void;
  problems(): readonly string[];
  close(): Promise<void>;
}

let shared: Promise<Browser> | undefined;
/** One browser for all tests of a file; each has a context of its own. */
function browser(): Promise<Browser> {
  shared ??= chromium.launch({ executablePath: browserBinary(), args: browserArguments });
  return shared;
}

/** A folder that goes with the test, for a profile that outlives one `openApp`. */
export async function temporaryHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'sotto-browser-'));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  return home;
}

export async function openApp(options: AppOptions = {}): Promise<App> {
  const session = options.session ?? (await startSession());
  const home = options.home ?? (await temporaryHome());
  const line = options.cuttable === true ? await startLine() : undefined;
  const contextOf = async (proxy?: string) => {
    const made = await (
      await browser()
    ).newContext({
      locale: options.locale ?? 'en-GB',
      colorScheme: options.dark === true ? 'dark' : 'light',
      viewport: options.viewport ?? { width: 1280, height: 800 },
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
      acceptDownloads: true,
      serviceWorkers: 'block',
      ...(proxy === undefined ? {} : { proxy: { server: proxy } }),
    });
    made.setDefaultTimeout(patience);
    return made;
  };
  const context = await contextOf(line?.address);
  const found = watchForProblems(context);
  const begin = () =>
    startHost({
      env: { ...session.env, ...options.hostEnvironment },
      home,
      arguments: options.hostArguments ?? [],
    });
  let host = await begin();
  found.allow(host.origin);
  await options.prepare?.(context);
  const page = await context.newPage();
  await page.goto(host.pageAddress(options.path));

  const besides: BrowserContext[] = [];
  let closed = false;
  const app: App = {
    page,
    context,
    session,
    home,
    hostPid: () => host.child.pid ?? 0,
    hostOutput: () => host.output(),
    address: () => host.origin,
    async open(path, { direct = false } = {}) {
      const beside = direct ? await contextOf() : undefined;
      if (beside) besides.push(beside);
      const other = await (beside ?? context).newPage();
      await other.goto(host.pageAddress(path));
      return other;
    },
    async picture(name, on = page) {
      await mkdir(pictures, { recursive: true });
      await on.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled', caret: 'initial' });
      const sideways = await on.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(sideways, `${name} overflows sideways`).toBeLessThanOrEqual(0);
    },
    async look(name, on = page) {
      await app.picture(name, on);
      const { violations } = await new AxeBuilder({ page: on }).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
        `accessibility of ${name}`,
      ).toEqual([]);
    },
    async restartHost() {
      found.ended(host.origin);
      await host.stop();
      host = await begin();
      found.allow(host.origin);
      await page.goto(host.pageAddress(options.path));
    },
    async killHost() {
      found.ended(host.origin);
      await host.kill();
    },
    cutLine() {
      found.ended(host.origin);
      line?.cut();
    },
    restoreLine: () => line?.restore(),
    problems: () => found.all(),
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([context, ...besides].map((one) => one.close()));
      line?.close();
      await host.stop();
      if (!options.session) await session.stop();
    },
  };
  onTestFinished(async ({ task }) => {
    const failed = task.result?.state === 'fail' && !closed;
    const name = `failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}.png`;
    if (failed) await page.screenshot({ path: join(pictures, name) });
    await app.close();
    expect(found.all(), 'problems in the page').toEqual([]);
  });
  return app;
}
