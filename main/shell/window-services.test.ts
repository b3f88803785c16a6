import { beforeEach, describe, expect, it } from 'vitest';
import type { WindowEvent } from '../../app/contract/host.ts';
import { createFakeElectron, FakeWindow } from './fake-electron.fixture.ts';
import { createUpdater } from './updater.ts';
import { createWindowEvents } from './window-events.ts';
import { createWindowServices } from './window-services.ts';

let fake: ReturnType<typeof createFakeElectron>;
let window: FakeWindow;
let told: WindowEvent[];
let quick: string[];
const { signal } = new AbortController();

function make(latest: string | null = null) {
  return createWindowServices({
    electron: fake.electron,
    window: window,
    events: createWindowEvents(),
    documents: '/opt/Sotto/resources/documents',
    updater: createUpdater('0.1.0', latest === null ? null : { latest: async () => latest }),
    quick: { show: () => quick.push('show'), hide: () => quick.push('hide') },
    tellMain: (event) => told.push(event),
  }).window;
}
beforeEach(() => {
  fake = createFakeElectron();
  window = new FakeWindow({});
  told = [];
  quick = [];
});

describe("a window's own matters", () => {
  it('says what it can', async () => {
    expect(await make().about({}, signal)).toMatchObject({
      host: 'electron',
      can: { tray: true, globalShortcut: true, startAtLogin: true, update: false },
    });
    fake.app.isPackaged = false;
    expect((await make('1.0.0').about({}, signal)).can).toMatchObject({ startAtLogin: false, update: true });
  });

  it('reads the clipboard for the window in front alone', async () => {
    fake.answers.clipboard = 'from elsewhere';
    await expect(make().readClipboard({}, signal)).rejects.toMatchObject({ code: 'refused' });
    window.focused = true;
    expect(await make().readClipboard({}, signal)).toEqual({ text: 'from elsewhere' });
  });

  it('goes on in the main window', async () => {
    await make().continueInMain({ conversation: 'c1', draft: null }, signal);
    expect(quick).toEqual(['hide']);
    expect(told).toEqual([{ type: 'continue', conversation: 'c1', draft: null }]);
  });

  it('shows and hides the quick prompt', async () => {
    await make().showQuickPrompt({}, signal);
    await make().hideQuickPrompt({}, signal);
    expect(quick).toEqual(['show', 'hide']);
  });

  it('opens documents by their name', async () => {
    await make().openDocument({ document: 'licence' }, signal);
    expect(fake.opened).toEqual(['/opt/Sotto/resources/documents/LICENSE.txt']);
    fake.answers.openPath = 'no application';
    await expect(make().openDocument({ document: 'security' }, signal)).rejects.toMatchObject({
      reason: 'not-found',
    });
  });

  it('a page cannot confirm for the user', async () => {
    expect(await make().confirm({ id: 'a', code: '123456' }, signal)).toEqual({ accepted: false });
  });

  it('looks for a newer version when asked', async () => {
    expect(await make('0.2.0').checkForUpdate({}, signal)).toEqual({ version: '0.2.0' });
    await expect(make().checkForUpdate({}, signal)).rejects.toMatchObject({ reason: 'unsupported-here' });
  });
});
