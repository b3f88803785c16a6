import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeElectron, FakeNotification } from './fake-electron.fixture.ts';
import { createHostServices } from './host-services.ts';
import { wordsFor } from './words.ts';

let fake: ReturnType<typeof createFakeElectron>;
let shown: number;
let applied: unknown[];
/** The folder of what starts at login cannot be written. */
let readOnly: boolean;
const { signal } = new AbortController();

function make() {
  return createHostServices({
    electron: fake.electron,
    showMain() {
      shown += 1;
      return new fake.electron.BrowserWindow({});
    },
    words: () => wordsFor('de', 'en'),
    applyShortcut(accelerator) {
      applied.push(accelerator);
      return accelerator === 'taken';
    },
    applyAutostart(on) {
      if (readOnly) throw Object.assign(new Error('mkdir'), { code: 'EROFS' });
      applied.push(on);
    },
  }).host;
}
beforeEach(() => {
  fake = createFakeElectron();
  shown = 0;
  applied = [];
  readOnly = false;
});

describe('what the services ask of the shell', () => {
  it('a confirmation has "cancel" for Enter, Esc and closing', async () => {
    const asked = { question: 'Alles löschen?', detail: '12 Unterhaltungen' };
    expect(await make().confirm(asked, signal)).toEqual({ confirmed: false });
    expect(fake.dialogs).toMatchObject([
      {
        message: 'Alles löschen?',
        detail: '12 Unterhaltungen',
        buttons: ['Abbrechen', 'Bestätigen'],
        defaultId: 0,
        cancelId: 0,
      },
    ]);
    expect(shown).toBe(1);
    fake.answers.messageBox = 1;
    expect(await make().confirm(asked, signal)).toEqual({ confirmed: true });
  });

  it('a folder is chosen in a dialogue, or not', async () => {
    expect(await make().chooseFolder({}, signal)).toEqual({ path: null });
    fake.answers.folder = '/chosen/pack';
    expect(await make().chooseFolder({}, signal)).toEqual({ path: '/chosen/pack' });
  });

  it('settings reach shortcut and login', async () => {
    expect(await make().applySettings({ quickPrompt: 'taken', startAtLogin: true }, signal)).toEqual({
      shortcutTaken: true,
    });
    expect(applied).toEqual(['taken', true]);
  });

  it('the shortcut is there also where the start at login cannot be written, and that is said', async () => {
    readOnly = true;
    expect(await make().applySettings({ quickPrompt: 'Alt+Q', startAtLogin: true }, signal)).toEqual({
      shortcutTaken: false,
      startAtLoginFailed: true,
    });
    expect(applied).toEqual(['Alt+Q']);
  });

  it('a notice leads to the main window', async () => {
    await make().notify({ title: 'Sotto', body: 'The pack is installed.' }, signal);
    FakeNotification.shown.at(-1)?.emit('click');
    expect(FakeNotification.shown.at(-1)?.options).toMatchObject({ silent: true });
    expect(shown).toBe(1);
  });

  it('a keychain call has a process of its own, and its answer', async () => {
    const answer = make().keychain({ request: '{"operation":"get"}', limitMs: 1000 }, signal);
    const [child] = fake.children;
    expect(child?.posted).toEqual(['{"operation":"get"}']);
    expect(JSON.stringify([child?.path, child?.options])).not.toContain('operation');
    child?.emit('message', '{"ok":true,"value":null}');
    child?.emit('exit', 0);
    expect(await answer).toEqual({ answer: '{"ok":true,"value":null}' });
  });

  it('one that ends without an answer has none', async () => {
    const answer = make().keychain({ request: '{}', limitMs: 1000 }, signal);
    fake.children[0]?.emit('exit', 1);
    expect(await answer).toEqual({ answer: null });
  });
});
