import { beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher, DispatchRequest } from '../../app/contract/dispatch.ts';
import type { ShellFrame } from './electron.ts';
import { createFakeElectron, FakeContents, fakeFrame, sendFromPage } from './fake-electron.fixture.ts';
import { servePage } from './page-port.ts';

let fake: ReturnType<typeof createFakeElectron>;
let contents: FakeContents;
let asked: { request: DispatchRequest; signal: AbortSignal; end: () => void }[];

const ask = { type: 'call', id: 1, service: 'settings', method: 'get', input: {} };

beforeEach(() => {
  fake = createFakeElectron();
  contents = new FakeContents();
  asked = [];
  const dispatcher: Dispatcher = {
    run: (request, _onItem, signal) =>
      new Promise((resolve) => {
        asked.push({ request, signal, end: () => resolve({ ok: true, value: null }) });
      }),
  };
  servePage({ ipcMain: fake.electron.ipcMain, contents: contents, dispatcher });
});

describe('who is answered', () => {
  it("our page's top frame", async () => {
    sendFromPage(fake, contents, ask);
    expect(asked.map(({ request }) => request.method)).toEqual(['get']);
    asked[0]?.end();
    await expect
      .poll(() => contents.sent)
      .toEqual([{ type: 'result', id: 1, result: { ok: true, value: null } }]);
  });

  const gone: ShellFrame = {
    frameTreeNodeId: 0,
    parent: null,
    get origin(): string {
      throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    },
    isDestroyed: () => false,
  };
  it.each([
    ['a frame inside our page', () => fakeFrame({ ...contents.mainFrame, parent: {} as never })],
    ['a frame of another node of the tree', () => fakeFrame({ frameTreeNodeId: 7 })],
    ['a foreign origin', () => fakeFrame({ ...contents.mainFrame, origin: 'https://sotto.example' })],
    [
      'an origin that begins as ours',
      () => fakeFrame({ ...contents.mainFrame, origin: 'app://sotto.example' }),
    ],
    ['an opaque origin', () => fakeFrame({ ...contents.mainFrame, origin: 'null' })],
    ['a file', () => fakeFrame({ ...contents.mainFrame, origin: 'file://' })],
    ['a destroyed frame', () => fakeFrame({ ...contents.mainFrame, isDestroyed: () => true })],
    ['a frame that is gone', () => gone],
    ['no frame', () => null],
  ])('never %s', (_what, frame) => {
    sendFromPage(fake, contents, ask, frame());
    expect(asked).toEqual([]);
    expect(contents.sent).toEqual([]);
  });

  it('never another window, even with a frame like ours', () => {
    sendFromPage(fake, new FakeContents(), ask, contents.mainFrame);
    expect(asked).toEqual([]);
  });
});

describe('a document that is replaced', () => {
  it.each(['did-navigate', 'render-process-gone', 'destroyed'])('%s stops what it asked for', (event) => {
    sendFromPage(fake, contents, ask);
    contents.emit(event, {}, { reason: 'crashed' });
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('its late answers do not reach the next one', async () => {
    sendFromPage(fake, contents, ask);
    contents.emit('did-navigate', {});
    sendFromPage(fake, contents, ask);
    asked[0]?.end();
    await Promise.resolve();
    expect(contents.sent).toEqual([]);
    asked[1]?.end();
    await expect.poll(() => contents.sent.length).toBe(1);
  });

  it('a window that is gone leaves nothing behind', () => {
    contents.destroyed = true;
    contents.emit('destroyed');
    expect(fake.ipcMain.listenerCount('sotto')).toBe(0);
    sendFromPage(fake, contents, ask);
    expect(asked).toEqual([]);
  });
});
