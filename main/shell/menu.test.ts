import { describe, expect, it } from 'vitest';
import { createFakeElectron, FakeContents } from './fake-electron.fixture.ts';
import { applyMenu, offerEditing } from './menu.ts';
import { wordsFor } from './words.ts';

describe('the menu', () => {
  it.each(['linux', 'win32', 'darwin'] as const)('on %s leads to every place of the page', (platform) => {
    const fake = createFakeElectron();
    const went: string[] = [];
    const actions = {
      go: (to: string) => went.push(to),
      quickPrompt: () => went.push('quick'),
      reload: () => went.push('reload'),
    };
    applyMenu(fake.electron, wordsFor('en', 'en'), actions, platform);
    for (const label of [
      'New Conversation',
      'Search',
      'Settings…',
      'About Sotto',
      'Quick Prompt',
      'Reload Window',
    ]) {
      fake.menus.application?.choose(label);
    }
    expect(went).toEqual(['new', 'search', 'settings', 'about', 'quick', 'reload']);
  });

  it('offers no developer tools and no raw reload', () => {
    const fake = createFakeElectron();
    applyMenu(fake.electron, wordsFor('de', 'en'), { go: () => 0, quickPrompt: () => 0, reload: () => 0 });
    expect(JSON.stringify(fake.menus.application?.template)).not.toMatch(
      /toggleDevTools|forceReload|"reload"/,
    );
  });

  it('offers editing on a right click where there is something to edit', () => {
    const fake = createFakeElectron();
    const contents = new FakeContents();
    offerEditing(fake.electron, contents, () => wordsFor('de', 'en'));
    const click = (isEditable: boolean, selectionText: string) => {
      fake.contextMenus.length = 0;
      contents.emit('context-menu', {}, { isEditable, selectionText });
      return fake.contextMenus[0]?.template.map(({ label }) => label);
    };
    expect(click(true, '')).toContain('Einfügen');
    expect(click(false, 'a word')).toEqual(['Kopieren']);
    expect(click(false, '')).toBe(undefined);
  });
});

describe('words', () => {
  it('follow the settings, and the system where they do', () => {
    expect(wordsFor('system', 'de-AT').quit).toBe('Sotto beenden');
    expect(wordsFor('system', 'fr-FR').quit).toBe('Quit Sotto');
    expect(wordsFor('en', 'de').quit).toBe('Quit Sotto');
  });
});
