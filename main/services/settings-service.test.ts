import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { defaultSettings, mostOwnEntries } from '../../app/contract/settings.ts';
import type { SettingsState } from '../../app/contract/settings.ts';
import type { AppContext } from './app-context.ts';
import { openProfileFolder } from './open-profile.fixture.ts';
import { createSettingsService } from './settings-service.ts';

const detection = {
  ...defaultSettings.detection,
  words: [{ text: 'Quill', kind: 'custom' as const, pattern: false }],
};

/** Remembers what it was told to apply, as Electron's shell does. */
function recordingHost(taken: boolean, startAtLoginFailed?: boolean) {
  const applied: unknown[] = [];
  const unused = () => Promise.reject(new Error('It is not asked for.'));
  const host: AppContext['host'] = {
    confirm: unused,
    chooseFolder: unused,
    notify: unused,
    keychain: unused,
    applySettings: (wish) => {
      applied.push(wish);
      return Promise.resolve({ shortcutTaken: taken, ...(startAtLoginFailed && { startAtLoginFailed }) });
    },
  };
  return { host, applied };
}

describe('settings', () => {
  it('are the defaults at first, and what was chosen after a restart', async () => {
    const profile = await openProfileFolder();
    const { store, settings } = profile.keepers();
    expect(settings.state()).toEqual({ settings: defaultSettings, stored: true });
    settings.change({ policy: 'everything', detection });
    const expected = { ...defaultSettings, policy: 'everything', detection };
    expect(settings.current()).toEqual(expected);
    store.close();
    expect(profile.keepers().settings.require()).toEqual(expected);
  });

  it('are the defaults while the vault is closed, and cannot be changed then', async () => {
    const profile = await openProfileFolder();
    const { settings } = profile.keepers();
    settings.change({ policy: 'everything' });
    const told: SettingsState[] = [];
    settings.onChange((state) => told.push(state));
    profile.lock();
    expect(settings.state()).toEqual({ settings: defaultSettings, stored: false });
    expect(() => settings.change({ policy: 'exact' })).toThrow('The keychain is locked.');
    expect(() => settings.require()).toThrow('The keychain is locked.');
    profile.unlock();
    expect(settings.current().policy).toBe('everything');
    expect(told.map(({ stored }) => stored)).toEqual([false, true]);
  });

  it('take what another version wrote as far as it fits', async () => {
    const { store, settings } = (await openProfileFolder()).keepers();
    store.require().writeEntries({
      'settings/policy': 'a policy of the future',
      'settings/sampling': { temperature: 0.7, topP: 9, heat: 5 },
      'settings/history': 'on',
      'settings/detection': { words: [{ text: 'Quill', kind: 'custom', pattern: false }] },
      'settings/gone': 1,
    });
    settings.change({ welcomed: true });
    expect(settings.require()).toEqual({
      ...defaultSettings,
      sampling: { ...defaultSettings.sampling, temperature: 0.7 },
      detection,
      welcomed: true,
    });
  });

  it('have a top-p over 0, also where another version wrote 0', async () => {
    const { store, settings } = (await openProfileFolder()).keepers();
    const sampling = { ...defaultSettings.sampling, temperature: 0.7, topP: 0 };
    expect(() => settings.change({ sampling })).toThrow(expect.objectContaining({ code: 'usage' }));
    store.require().writeEntry('settings/sampling', sampling);
    settings.change({ welcomed: true });
    expect(settings.require().sampling).toEqual({ ...sampling, topP: 1 });
  });

  const quill = { text: 'Quill', kind: 'custom' as const, pattern: false };
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ ...quill, text: `Quill ${i}` }));
  it.each([
    ['a word of an unknown kind', { words: [quill, { ...quill, kind: 'of the future' }] }, [quill]],
    ['more words than a list takes', { words: many(mostOwnEntries + 1) }, many(mostOwnEntries)],
    ['words that are no list', { words: 'Quill' }, []],
    ['an allowed value without its text', { words: [quill], allow: [{ confirmed: true }] }, [quill]],
    ['no settings of detection at all', 'Quill', []],
  ])('keep the own words that can be read beside %s, and stop whoever sends', async (_, stored, words) => {
    const { store, settings } = (await openProfileFolder()).keepers();
    store.require().writeEntry('settings/detection', stored);
    settings.change({ welcomed: true });
    expect(settings.current().detection).toEqual({ ...defaultSettings.detection, words });
    expect(settings.state().damaged).toEqual(['detection']);
    expect(() => settings.require()).toThrow(expect.objectContaining({ reason: 'data-damaged' }));
    settings.reset();
    expect(settings.require().detection.words).toEqual(words);
  });

  it('take an own word of another version without what is not known of it', async () => {
    const { store, settings } = (await openProfileFolder()).keepers();
    store.require().writeEntry('settings/detection', { words: [{ ...quill, colour: 'red' }] });
    settings.change({ welcomed: true });
    expect(settings.require().detection.words).toEqual([quill]);
  });

  it('are not written where they could not be read again', async () => {
    const { settings } = (await openProfileFolder()).keepers();
    settings.change({ detection });
    const full = { ...detection, words: many(mostOwnEntries + 1) };
    expect(() => settings.change({ detection: full })).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(settings.require().detection).toEqual(detection);
  });

  it('go back to the defaults, without own words, the allow-list and the first run', async () => {
    const { settings } = (await openProfileFolder()).keepers();
    const allow = [{ text: 'Berlin', confirmed: false }];
    settings.change({
      policy: 'everything',
      welcomed: true,
      detection: { ...detection, allow, threshold: 0.9 },
      history: { enabled: false, deleteAfterDays: 5 },
    });
    expect(settings.reset().settings).toEqual({
      ...defaultSettings,
      welcomed: true,
      detection: { ...detection, allow },
    });
  });

  it('that are damaged stop whoever sends, until they are set again', async () => {
    const profile = await openProfileFolder();
    const { store, settings } = profile.keepers();
    settings.change({ detection });
    store.close();
    const db = new DatabaseSync(profile.file);
    db.exec('UPDATE entry SET sealed = randomblob(300)');
    db.close();
    const again = profile.keepers().settings;
    expect(again.state()).toMatchObject({ damaged: ['detection'], stored: true });
    expect(again.current()).toEqual(defaultSettings);
    expect(() => again.require()).toThrow(expect.objectContaining({ reason: 'data-damaged' }));
    again.change({ detection });
    expect(again.require().detection).toEqual(detection);
  });
});

describe('the settings service', () => {
  it('answers with the state, and streams it now and after each change until it is stopped', async () => {
    const profile = await openProfileFolder();
    const { settings } = profile.keepers();
    const { host } = recordingHost(false);
    const service = createSettingsService({ settings, host, signal: profile.signal });
    const stopping = new AbortController();
    const watched: boolean[] = [];
    const stream = service.watch({}, stopping.signal);
    const watching = (async () => {
      for await (const state of stream) watched.push(state.settings.welcomed);
    })();
    expect(await service.get({}, stopping.signal)).toEqual({ settings: defaultSettings, stored: true });
    expect(await service.set({ welcomed: true }, stopping.signal)).toMatchObject({
      settings: { welcomed: true },
    });
    expect(await service.reset({}, stopping.signal)).toMatchObject({ settings: { welcomed: true } });
    await new Promise((resolve) => setTimeout(resolve, 10));
    stopping.abort();
    await watching;
    expect(watched[0]).toBe(false);
    expect(watched.at(-1)).toBe(true);
  });

  it('ends its streams with the process', async () => {
    const profile = await openProfileFolder();
    const { settings } = profile.keepers();
    const service = createSettingsService({
      settings,
      host: recordingHost(false).host,
      signal: profile.signal,
    });
    const stream = service.watch({}, new AbortController().signal);
    await stream.next();
    const last = stream.next();
    profile.end();
    expect((await last).done).toBe(true);
  });

  it('tells the host what concerns it, when it changes and while it is known', async () => {
    const profile = await openProfileFolder();
    profile.lock();
    const { settings } = profile.keepers();
    const { host, applied } = recordingHost(true);
    const service = createSettingsService({ settings, host, signal: profile.signal });
    const { signal } = new AbortController();
    expect(applied).toEqual([]);
    profile.unlock();
    await service.set({ policy: 'everything' }, signal);
    const state = await service.set({ shortcuts: { quickPrompt: 'Alt+Q' }, startAtLogin: true }, signal);
    expect(applied).toEqual([
      { quickPrompt: 'Alt+Space', startAtLogin: false },
      { quickPrompt: 'Alt+Q', startAtLogin: true },
    ]);
    expect(state.shortcutTaken).toBe(true);
  });

  it('say that the start at login could not be set', async () => {
    const profile = await openProfileFolder();
    const { settings } = profile.keepers();
    const { host } = recordingHost(false, true);
    const service = createSettingsService({ settings, host, signal: profile.signal });
    const state = await service.set({ startAtLogin: true }, new AbortController().signal);
    expect(state).toMatchObject({ settings: { startAtLogin: true }, startAtLoginFailed: true });
    expect(state).not.toHaveProperty('shortcutTaken');
  });
});
