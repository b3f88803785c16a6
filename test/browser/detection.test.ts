/** Detection in a real browser: the built page's worker under the page's policy, against the same module under Node. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../app/contract/settings.ts';
import { createDetector } from '../../app/detect/detect.ts';
import { detectOptionsOf } from '../../app/detect/detect-settings.ts';
import type { Mark } from '../../app/detect/span.ts';
import { openDetectionModel } from '../../main/detection/model.ts';
import { startWebServer } from '../../main/host/web-server.ts';
import { readPageFiles } from '../../main/page/files.ts';
import type { FromWorker } from '../../renderer/detection/protocol.ts';
import { browserArguments, browserBinary } from './host.ts';
import { texts } from './detection-texts.ts';

const files = readPageFiles(join(import.meta.dirname, '..', '..', 'dist', 'renderer'));
const basis = { settings: defaultSettings.detection, words: [] };
let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: browserBinary(), args: browserArguments });
});
afterAll(() => browser.close());

/** A page of that origin with nothing in it, and the worker that it starts. */
async function open(served: typeof files): Promise<{ page: Page; close: () => Promise<void> }> {
  const server = await startWebServer({
    ...{ port: 0, listen: '127.0.0.1', token: 'unused', files: served },
    onPage: () => undefined,
  });
  const page = await browser.newPage();
  await page.goto(`${server.origin}/first-paint.js`);
  const address = [...served.keys()].find((path) => path.includes('detect.worker'));
  await page.evaluate((script) => {
    type Asked = (message: FromWorker) => void;
    const types = (globalThis as unknown as { trustedTypes: { createPolicy: (name: string, rules: object) => { createScriptURL: (address: string) => string } } }).trustedTypes; // prettier-ignore
    const policy = types.createPolicy('sotto-worker', { createScriptURL: (asked: string) => asked });
    const worker = new Worker(policy.createScriptURL(script), { type: 'module' });
    const listeners = new Set<Asked>();
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      for (const listener of listeners) listener(data);
    };
    Object.assign(globalThis, { worker, listeners });
  }, address ?? '');
  return {
    page,
    async close() {
      await page.close();
      await server.close();
    },
  };
}

/** What the worker says of a text in the end. */
function detected(page: Page, text: string, job: number): Promise<readonly Mark[] | 'failed' | 'broken'> {
  return page.evaluate(
    ([value, number, settings]) =>
      new Promise<readonly Mark[] | 'failed' | 'broken'>((resolve) => {
        const { worker, listeners } = globalThis as unknown as {
          worker: Worker;
          listeners: Set<(message: FromWorker) => void>;
        };
        const listener = (message: FromWorker) => {
          if (message.type === 'broken') resolve('broken');
          if (!('job' in message) || message.job !== number) return;
          if (message.type === 'failed') resolve('failed');
          else if (message.whole) resolve(message.marks);
          else return;
          listeners.delete(listener);
        };
        listeners.add(listener);
        worker.postMessage({ type: 'basis', channel: 1, basis: settings });
        worker.postMessage({ type: 'text', channel: 1, job: number, text: value });
      }),
    [text, job, basis] as const,
  );
}

const shown = (text: string, marks: readonly Mark[]) =>
  marks.map(({ start, end, kind, source }) => `${start} ${source} ${kind} ${text.slice(start, end)}`);

describe('detection in the page', () => {
  it('marks what Node marks', async () => {
    const model = await openDetectionModel();
    const detector = createDetector(detectOptionsOf(basis.settings));
    const { page, close } = await open(files);
    let byModel = 0;
    const different: string[] = [];
    for (const [job, text] of texts.entries()) {
      const marks = await detected(page, text, job + 1);
      if (typeof marks === 'string') throw new Error(marks);
      const [here, there] = [shown(text, marks), shown(text, await detector.detectWith(model, text))];
      different.push(
        ...here.filter((mark) => !there.includes(mark)),
        ...there.filter((mark) => !here.includes(mark)),
      );
      byModel += marks.filter(({ source }) => source === 'model').length;
    }
    expect(byModel).toBeGreaterThan(texts.length / 2);
    // Two engines sum in different orders: of a word exactly on its threshold they may not say the same.
    expect(different.length, different.join('\n')).toBeLessThanOrEqual(byModel / 100);
    await close();
  });

  it.each(['/detector/detector.onnx', '/detector/vocabulary.txt', '/detector/detector.json'])(
    'is said to be broken without %s, and marks nothing as checked',
    async (missing) => {
      const { page, close } = await open(new Map([...files].filter(([path]) => path !== missing)));
      expect(await detected(page, 'Anna Kern, card 4111 1111 1111 1111', 1)).toBe('broken');
      await close();
    },
  );

  it('is said to be broken where WebAssembly is not served', async () => {
    const { page, close } = await open(new Map([...files].filter(([path]) => !path.endsWith('.wasm'))));
    expect(await detected(page, 'Anna Kern', 1)).toBe('broken');
    await close();
  });
});
