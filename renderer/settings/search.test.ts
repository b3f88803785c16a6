import { describe, expect, it } from 'vitest';
import { settings as german } from '../language/de/settings.ts';
import { settings as english } from '../language/en/settings.ts';
import { searchSettings } from './search.ts';
import { isSectionId, sections } from './sections.ts';

const ids = sections.flatMap(({ settings }) => [...settings]);

describe('searchSettings', () => {
  it('shows everything while nothing is typed', () => {
    expect([...searchSettings('  ')]).toEqual(ids);
  });

  it.each([
    ['fingerprint', 'serverAdd'],
    ['dark', 'theme'],
    ['Dunkel', 'theme'],
    ['schriftgr', 'textSize'],
    ['Schriftgroße', 'textSize'],
    ['whitelist', 'allowList'],
    ['passphrase backup', 'keyExport'],
    ['Sicherung', 'keyExport'],
    ['log of bytes', 'ledger'],
    ['telemetrie', 'telemetry'],
    ['hotkey', 'quickPrompt'],
    ['Verlauf löschen', 'deleteHistory'],
    ['Anmeldung starten', 'startAtLogin'],
    ['randomness', 'temperature'],
    ['LICENSES', 'licences'],
  ] as const)('finds "%s"', (query, id) => {
    expect([...searchSettings(query)]).toContain(id);
  });

  it('wants every word; short ones from their beginning, longer ones also inside a word', () => {
    expect(searchSettings('dark fingerprint').size).toBe(0);
    expect(searchSettings('qqq').size).toBe(0);
    expect([...searchSettings('ark')]).not.toContain('theme');
    expect([...searchSettings('kopie')]).toContain('keyExport');
  });

  it('finds each setting by its own title in both languages', () => {
    for (const id of ids) {
      expect([...searchSettings(english[id])]).toContain(id);
      expect([...searchSettings(german[id])]).toContain(id);
    }
  });
});

describe('sections', () => {
  it('name each setting once', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are the anchors', () => {
    expect(isSectionId('keys')).toBe(true);
    expect(isSectionId('nothing')).toBe(false);
    expect(isSectionId(null)).toBe(false);
  });
});

describe('words of the settings', () => {
  it('are all there in German, with the same values to fill in', () => {
    const values = (text: string) => [...new Set(text.match(/\{\w+(?=[,}])/g))].sort();
    for (const [key, text] of Object.entries(english)) {
      expect(values(german[key as keyof typeof english]), key).toEqual(values(text));
    }
  });
});
