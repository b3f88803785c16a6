import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeElectron, FakeContents, fakeEvent } from './fake-electron.fixture.ts';
import { restrictContents, restrictSession } from './permissions.ts';

let fake: ReturnType<typeof createFakeElectron>;
beforeEach(() => {
  fake = createFakeElectron();
  restrictSession(fake.electron.session.fromPartition('sotto', { cache: false }));
});

function requested(permission: string, requestingUrl: string, isMainFrame = true): boolean {
  let granted = false;
  fake.session.requestHandler?.({} as never, permission as never, (answer) => (granted = answer), {
    requestingUrl,
    isMainFrame,
  });
  return granted;
}
const checked = (permission: string, origin: string) =>
  fake.session.checkHandler?.(null, permission as never, origin, {} as never);

it('a session fetches no dictionary for a spell checker', () => {
  expect(fake.session.spellChecker).toEqual({
    enabled: false,
    languages: [],
    download: expect.stringMatching(/^https:\/\/[\w.]+\.invalid\/$/) as string,
  });
});

describe('permissions', () => {
  it.each([
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'hid',
    'usb',
    'openExternal',
    'fileSystem',
    'unknown',
  ])('%s is denied, to our page too', (permission) => {
    expect(requested(permission, 'app://sotto/index.html')).toBe(false);
    expect(checked(permission, 'app://sotto')).toBe(false);
  });

  it('our page may copy', () => {
    expect(requested('clipboard-sanitized-write', 'app://sotto/index.html')).toBe(true);
    expect(checked('clipboard-sanitized-write', 'app://sotto/')).toBe(true);
    expect(checked('clipboard-sanitized-write', 'app://sotto')).toBe(true);
  });

  it('nobody else may', () => {
    expect(requested('clipboard-sanitized-write', 'app://sotto.example/')).toBe(false);
    expect(requested('clipboard-sanitized-write', 'https://x.example/')).toBe(false);
    expect(requested('clipboard-sanitized-write', 'app://sotto/index.html', false)).toBe(false);
    expect(checked('clipboard-sanitized-write', 'https://x.example')).toBe(false);
  });

  it('no device is given', () => {
    expect(fake.session.deviceHandler?.({ deviceType: 'hid', origin: 'app://sotto' } as never)).toBe(false);
  });
});

describe('requests', () => {
  const cancelled = (url: string) => {
    let answer: unknown;
    (fake.session.beforeRequest as unknown as (details: unknown, done: (answer: unknown) => void) => void)(
      { url },
      (given) => (answer = given),
    );
    return (answer as { cancel: boolean }).cancel;
  };
  it.each(['app://sotto/index.html', 'blob:app://sotto/1', 'data:image/svg+xml,x'])('%s is loaded', (url) => {
    expect(cancelled(url)).toBe(false);
  });
  it.each([
    'https://example.com/',
    'http://127.0.0.1:8080/',
    'ws://127.0.0.1/',
    'file:///etc/passwd',
    'app://other/x',
    'app://sotto.example/x',
    'blob:https://example.com/1',
    'data:text/html,x',
    'chrome://gpu',
  ])('%s is cancelled', (url) => {
    expect(cancelled(url)).toBe(true);
  });
});

describe('downloads', () => {
  function download(url: string, name: string) {
    const event = fakeEvent();
    let options: { defaultPath?: string } | undefined;
    fake.session.emit('will-download', event, {
      getURL: () => url,
      getFilename: () => name,
      setSaveDialogOptions: (given: object) => (options = given),
    });
    return { prevented: event.prevented, name: options?.defaultPath };
  }
  it('what our page made is saved where the user says', () => {
    expect(download('blob:app://sotto/1', 'sotto-export.json')).toEqual({
      prevented: false,
      name: 'sotto-export.json',
    });
  });
  it('a name is no path', () => {
    expect(download('blob:app://sotto/1', '../../.bashrc').name).toBe('_.._.bashrc');
    expect(download('blob:app://sotto/1', 'a\u202Efdp.exe').name).toBe('a_fdp.exe');
    expect(download('blob:app://sotto/1', '..').name).toBe('sotto-export');
  });
  it.each([
    'https://example.com/a',
    'blob:https://example.com/1',
    'data:text/plain,x',
    'app://sotto/index.html',
  ])('%s is none', (url) => {
    expect(download(url, 'a')).toEqual({ prevented: true, name: undefined });
  });
});

describe('contents', () => {
  it('go nowhere and open nothing', () => {
    const contents = new FakeContents();
    restrictContents(contents);
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']) {
      const event = fakeEvent();
      contents.emit(name, event);
      expect(event.prevented, name).toBe(true);
    }
    expect(contents.openHandler?.({ url: 'https://example.com' } as never)).toEqual({ action: 'deny' });
  });
});
