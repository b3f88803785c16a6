import { describe, expect, it, test } from 'vitest';
import { contactKind, identifierKind, spansOf, trimmed } from './decode.ts';
import type { ModelFacts } from './classifier.ts';
import type { TaggedWord } from './reader.ts';
import { fakeClassifier, fakeFacts, fakeReader } from './names.fixture.ts';

const found = async (text: string, sure = 0.9, threshold?: number) => {
  const words = await fakeReader(fakeClassifier(sure)).read(text);
  return spansOf(text, words, fakeFacts, threshold).map(
    ({ start, end, kind }) => `${kind} ${text.slice(start, end)}`,
  );
};

describe('spans', () => {
  it('join words of one kind, not over a blank line', async () => {
    expect(await found('Anna Kern was in Lima.')).toEqual(['person Anna Kern', 'place Lima']);
    expect(await found('Anna\nKern')).toEqual(['person Anna\nKern']);
    expect(await found('Anna\n \nKern')).toEqual(['person Anna', 'person Kern']);
  });

  it('take seconds of the processor at most where white space stands in a name', async () => {
    const text = `Anna${' '.repeat(100_000)}Kern`;
    const before = process.cpuUsage();
    expect(await found(text)).toEqual([`person ${text}`]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(6);
  });

  it("follow the user's threshold from the kind's own", async () => {
    expect(await found('Anna', 0.45)).toEqual([]);
    expect(await found('Anna', 0.45, 0.3)).toEqual(['person Anna']);
    expect(await found('Anna', 0.9, 0.95)).toEqual([]);
    expect(await found('a text of others', 0.9, 0)).toEqual([]);
    expect(await found('Anna', 0.999, 1)).toEqual([]);
  });

  it('in small letters or in capitals alone need more', async () => {
    expect(await found('Anna', 0.7)).toEqual(['person Anna']);
    for (const text of ['anna', 'ANNA']) {
      expect(await found(text, 0.7)).toEqual([]);
      expect(await found(text, 0.9)).toEqual([`person ${text}`]);
    }
  });

  it('need more at the beginning of a sentence, where a capital says nothing', () => {
    expect(marked('We ate the Best lima', ['Best lima', 'place', 0.8])).toEqual(['place Best lima']);
    for (const text of ['Best lima', 'It was good. Best lima', 'Thanks!\n- Best lima']) {
      expect(marked(text, ['Best lima', 'place', 0.8])).toEqual([]);
    }
    expect(marked('Best Lima', ['Best Lima', 'place', 0.8])).toEqual(['place Best Lima']);
  });

  it('need more in German, where every noun has a capital', () => {
    const text = 'Der Schlüssel liegt in einer Datei auf dem Tisch von Anna.';
    expect(marked(text, ['Schlüssel', 'person', 0.8], ['Anna', 'person'])).toEqual(['person Anna']);
    expect(marked('The Schlüssel is on it.', ['Schlüssel', 'person', 0.8])).toEqual(['person Schlüssel']);
  });

  it('of a people are a group, and a weekday or a laugh is none', () => {
    expect(marked('the Palestinians', ['Palestinians', 'place'])).toEqual(['group Palestinians']);
    expect(marked('on Sun or hahaha', ['Sun', 'place'], ['hahaha', 'person'])).toEqual([]);
  });

  it('have scores on the scale of the rules, never that of a proof', async () => {
    const score = async (sure: number) => {
      const words = await fakeReader(fakeClassifier(sure)).read('Anna');
      return spansOf('Anna', words, fakeFacts)[0]?.score;
    };
    expect(await score(0.5 + 1e-6)).toBeCloseTo(0.4);
    expect(await score(0.75)).toBeCloseTo(0.7);
    expect(await score(1)).toBe(0.99);
  });
});

/** Marks of a text in which the model found these words, each as one kind, with certainty where nothing else is said. */
function marked(
  text: string,
  ...words: readonly (readonly [value: string, kind: string, sure?: number])[]
): string[] {
  let from = 0;
  const tagged = words.map(([value, name, sure = 1]) => {
    const start = text.indexOf(value, from);
    from = start + value.length;
    const tags = new Float32Array(fakeFacts.tags);
    tags[0] = 1 - sure;
    tags[fakeFacts.kinds.find((kind) => kind.name === name)?.begin ?? 0] = sure;
    return { start, end: from, tags };
  });
  return spansOf(text, tagged, fakeFacts).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
}

describe('what stands together', () => {
  it('is one number or one way to reach someone, as far as no white space parts it', () => {
    expect(marked('Case 2021-CV-2672, ok', ['2021', 'place'], ['CV', 'id'])).toEqual([
      'account 2021-CV-2672',
    ]);
    expect(marked('see https://kern.example/a?b=c.', ['kern', 'contact'])).toEqual([
      'url https://kern.example/a?b=c',
    ]);
    expect(marked('id:4472, then', ['4472', 'id'])).toEqual(['account 4472']);
    expect(marked('a b@c.d Eva', ['b', 'contact'], ['c', 'person'], ['Eva', 'person'])).toEqual([
      'email b@c.d',
      'person Eva',
    ]);
  });

  it('is one address, of house, street and town', () => {
    expect(
      marked('12 Elm Street, Lima', ['12', 'address'], ['Elm Street', 'address'], ['Lima', 'place']),
    ).toEqual(['address 12 Elm Street, Lima']);
    expect(marked('12 Elm Street and Lima', ['12 Elm Street', 'address'], ['Lima', 'place'])).toEqual([
      'address 12 Elm Street',
      'place Lima',
    ]);
  });

  it('is a place where it has no number', () => {
    expect(marked('on Elm Street', ['Elm Street', 'address'])).toEqual(['place Elm Street']);
  });
});

describe('what the model found', () => {
  const facts: ModelFacts = {
    tags: 9,
    length: 160,
    kinds: (['person', 'place', 'address', 'contact'] as const).map((name, at) => ({
      name,
      kind: name === 'contact' ? null : name,
      threshold: 0.5,
      begin: 1 + 2 * at,
      inside: 2 + 2 * at,
    })),
  };
  /** Words between « and » are of the kind before the colon; the first begins a span. */
  const read = (written: string) => {
    let text = '';
    const words: TaggedWord[] = [];
    for (const part of written.split(/(«[^»]*»)/)) {
      const [, kind, value] = /^«(\w+):([^»]*)»$/s.exec(part) ?? [];
      const at = facts.kinds.findIndex(({ name }) => name === kind);
      for (const { index, 0: word } of (value ?? '').matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)) {
        const tags = new Float32Array(9).fill(0.01);
        tags[index === 0 ? 1 + 2 * at : 2 + 2 * at] = 0.92;
        words.push({ start: text.length + index, end: text.length + index + word.length, tags });
      }
      text += value ?? part;
    }
    return spansOf(text, words, facts).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
  };

  test.each([
    ['«person:Ivo Kern and Lena Roth»', ['person Ivo Kern', 'person Lena Roth']],
    ['«person:Ivo, Lena und Jan»', ['person Ivo, Lena', 'person Jan']],
    ['«person:Alexandra Anders»', ['person Alexandra Anders']],
    ['«address:12 Elm Street», «place:Porto» «address:4000»', ['address 12 Elm Street, Porto 4000']],
    ['«place:Porto», «place:Portugal»', ['place Porto', 'place Portugal']],
    ['«address:Elm Street»', ['place Elm Street']],
    ['«address:12 Elm Street»\n\n«place:Porto»', ['address 12 Elm Street', 'place Porto']],
    ['see https://www.«contact:kern».example/a, please', ['url https://www.kern.example/a']],
    ['by mail to anna@«contact:kern».example.', ['email anna@kern.example']],
    ['«person:Plaintiff»: «person:Ivo Kern»', ['person Ivo Kern']],
    ['«person:Gracias», «place:Fecha de nacimiento»', []],
    ['«person:Güte Grüße»', ['person Güte Grüße']],
    ['«place:the corner of {street_name}» «person:u» «place:last night»', []],
  ])('%s', (written, expected) => expect(read(written)).toEqual(expected));
});

test.each([
  [' Anna Kern, ', 'Anna Kern'],
  ["Anna's", 'Anna'],
  ['(Kern)', 'Kern'],
  ['Acme (Porto)', 'Acme (Porto)'],
  ['Kern Inc.', 'Kern Inc.'],
  ['“Lima”', 'Lima'],
  ['Lima -', 'Lima'],
  ['...', undefined],
  ['’s', 's'],
])('of %j the mark is %j', (text, mark) => {
  const range = trimmed(text, 0, text.length);
  expect(range && text.slice(range.start, range.end)).toBe(mark);
});

test.each([
  ['+1 415 555 0132', '+1 415 555 0132'],
  ['@anna,', '@anna'],
  ['(0171) 555', '(0171) 555'],
])('of the number or handle %j the mark is %j', (text, mark) => {
  const range = trimmed(text, 0, text.length, true);
  expect(range && text.slice(range.start, range.end)).toBe(mark);
});

test.each([
  ['@anna', 'handle'],
  ['anna at kern', 'handle'],
  ['anna@kern.example', 'email'],
  ['0171 555 0132', 'phone'],
  ['kern.example/anna', 'url'],
  ['anna_k', 'handle'],
])('%s is a way to reach someone: %s', (value, kind) => expect(contactKind(value)).toBe(kind));

test.each([
  ['123-45-6789', 'national-id'],
  ['X1234567890', 'national-id'],
  ['INV-2024-001', 'account'],
  ['4472', 'account'],
  ['1234 5678 1234 5678', 'account'],
])('%s identifies: %s', (value, kind) => expect(identifierKind(value)).toBe(kind));
