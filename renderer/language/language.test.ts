import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { failureReasons } from '../../app/failure/reasons.ts';
import { de } from './de/index.ts';
import { en } from './en/index.ts';
import { pseudo } from './pseudo.ts';

type Catalogue = Readonly<Record<string, Readonly<Record<string, string>>>>;

const keys = Object.entries(en as Catalogue).flatMap(([area, messages]) =>
  Object.keys(messages).map((name) => [area, name] as const),
);

describe('the languages', () => {
  it('have the same messages', () => {
    for (const [area, messages] of Object.entries(en)) {
      expect(Object.keys((de as Catalogue)[area] ?? {}).sort(), area).toEqual(Object.keys(messages).sort());
    }
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it('use the same placeholders in each', () => {
    for (const [area, name] of keys) {
      const english = placeholders((en as Catalogue)[area]?.[name] ?? '');
      expect(placeholders((de as Catalogue)[area]?.[name] ?? ''), `${area}.${name}`).toEqual(english);
    }
  });

  it('leave nothing empty', () => {
    for (const [area, name] of keys) {
      for (const catalogue of [en, de] as Catalogue[]) {
        expect(catalogue[area]?.[name]?.trim(), `${area}.${name}`).not.toBe('');
      }
    }
  });

  it('never raise their voice', () => {
    for (const [area, name] of keys) {
      for (const catalogue of [en, de] as Catalogue[]) {
        expect(catalogue[area]?.[name], `${area}.${name}`).not.toMatch(/!|\boops\b|military/i);
      }
    }
  });

  it('tell one row that is left out from several', () => {
    const told = ({ conversation }: typeof en | typeof de, language: string, count: number) =>
      new IntlMessageFormat(conversation.rowsLeftOut, language).format({ count });
    expect(told(en, 'en', 1)).toBe('1 more row is not shown.');
    expect(told(en, 'en', 1200)).toBe('1,200 more rows are not shown.');
    expect(told(de, 'de', 1)).toBe('1 weitere Zeile ist nicht gezeigt.');
    expect(told(de, 'de', 1200)).toBe('1.200 weitere Zeilen sind nicht gezeigt.');
  });

  it('tell which part of several is read, and nothing of one', () => {
    const told = ({ conversation }: typeof en | typeof de, language: string, step: number, steps: number) =>
      new IntlMessageFormat(conversation.reading, language).format({
        step,
        steps,
        layer: 3,
        layers: 6,
        rows: 16,
      });
    expect(told(en, 'en', 1, 1)).toBe('Reading: layer 3 of 6, 16 rows.');
    expect(told(en, 'en', 2, 5)).toBe('Reading part 2 of 5: layer 3 of 6, 16 rows.');
    expect(told(de, 'de', 1, 1)).toBe('Wird gelesen: Schicht 3 von 6, 16 Zeilen.');
    expect(told(de, 'de', 2, 5)).toBe('Wird gelesen, Teil 2 von 5: Schicht 3 von 6, 16 Zeilen.');
  });

  it('write the counts of the record of bytes as numbers are written', () => {
    const told = ({ settings }: typeof en | typeof de, language: string) =>
      new IntlMessageFormat(settings.ledgerShown, language).format({ shown: 1200, matching: 34567 });
    expect(told(en, 'en')).toBe('1,200 of 34,567 messages, the newest first');
    expect(told(de, 'de')).toBe('1.200 von 34.567 Nachrichten, die neuesten zuerst');
  });

  it('tell every reason of a failure: title, what happened, what to do', () => {
    for (const reason of failureReasons) {
      for (const catalogue of [en.failures, de.failures] as Catalogue[string][]) {
        for (const name of [reason, `${reason}-what`, `${reason}-next`]) {
          expect(catalogue[name], name).toBeTruthy();
        }
      }
    }
  });
});

describe('the pseudo-locale', () => {
  it('accents the words, keeps what is filled in, and is longer', () => {
    expect(said('Connecting to {server}', { server: 'one' })).toBe('[Çóññéçtíñg tó one ~~~~~~~~]');
  });

  it('goes into plurals', () => {
    const message = '{count, plural, one {# line} other {# lines}}';
    expect(said(message, { count: 1 })).toBe('[1 łíñé ~~~]');
    expect(said(message, { count: 4 })).toBe('[4 łíñéš ~~~]');
  });

  it('can be made of every message', () => {
    for (const [area, name] of keys) {
      const text = (en as Catalogue)[area]?.[name] ?? '';
      expect(() => new IntlMessageFormat(pseudo(parsed(text)), 'en'), `${area}.${name}`).not.toThrow();
    }
  });
});

function said(text: string, values: Record<string, string | number>): string {
  return String(new IntlMessageFormat(pseudo(parsed(text)), 'en').format(values));
}

function parsed(text: string) {
  return new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst();
}

/** The names that a message needs, in order of the alphabet. */
function placeholders(text: string): string[] {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) return part.forEach(visit);
    if (typeof part !== 'object' || part === null) return;
    const { type, value, options } = part as { type?: number; value?: unknown; options?: object };
    // Arguments of every kind, from `{x}` to plurals: the parser's types 1 to 6.
    if (type !== undefined && type >= 1 && type <= 6 && typeof value === 'string') found.add(value);
    for (const option of Object.values(options ?? {})) visit((option as { value: unknown }).value);
  };
  visit(parsed(text));
  return [...found].sort();
}

describe('the example of the first run', () => {
  it('holds the name that it marks', () => {
    for (const { firstRun } of [en, de]) {
      expect(firstRun.tryPrompt).toContain(firstRun.tryName);
    }
  });
});
