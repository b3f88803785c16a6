import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Failure } from '../failure/failure.ts';
import { createDispatcher } from './dispatch.ts';
import { call, stream } from './method.ts';

const text = v.strictObject({ text: v.pipe(v.string(), v.maxLength(5)) });
const number = v.strictObject({ number: v.number() });
const contract = {
  words: {
    count: call({ in: text, out: number }),
    each: stream({ in: text, item: text, out: number }),
  },
};

type Words = Parameters<typeof createDispatcher<typeof contract>>[1]['words'];

function dispatcher(words: Partial<Words>) {
  const defects: [unknown, string][] = [];
  const made = createDispatcher(contract, { words: words as Words }, (error, where) =>
    defects.push([error, where]),
  );
  const items: unknown[] = [];
  const run = (service: string, method: string, input: unknown, signal = new AbortController().signal) =>
    made.run({ service, method, input }, (item) => items.push(item), signal);
  return { run, items, defects };
}

const count: Words['count'] = async ({ text }) => ({ number: text.length });

describe('a call', () => {
  it('has its result', async () => {
    expect(await dispatcher({ count }).run('words', 'count', { text: 'abc' })).toEqual({
      ok: true,
      value: { number: 3 },
    });
  });

  it.each([
    ['a wrong type', { text: 1 }, 'text should be string'],
    ['a length', { text: 'abcdef' }, 'text should be <=5'],
    ['a missing field', {}, 'text should be "text"'],
    ['a field too many', { text: 'a', more: 1 }, 'more should be never'],
    ['no object', 'a', 'the input should be Object'],
  ])('with %s does not reach the implementation', async (_what, input, sentence) => {
    let ran = false;
    const { run, defects } = dispatcher({
      async count() {
        ran = true;
        return { number: 0 };
      },
    });
    const result = await run('words', 'count', input);
    expect(result).toMatchObject({ ok: false, error: { code: 'usage', reason: 'invalid-request' } });
    expect(JSON.stringify(result)).toContain(JSON.stringify(sentence).slice(1, -1));
    expect(ran).toBe(false);
    expect(defects).toEqual([]);
  });

  it('does not repeat a refused value', async () => {
    const result = await dispatcher({ count }).run('words', 'count', { text: 'Rosa Almeida' });
    expect(JSON.stringify(result)).not.toContain('Rosa');
  });

  it('names a refused field at most so far', async () => {
    const result = await dispatcher({ count }).run('words', 'count', { text: 'a', ['x'.repeat(5000)]: 1 });
    expect(JSON.stringify(result).length).toBeLessThan(1000);
  });

  it('with a prototype among its fields does not reach the implementation either', async () => {
    let ran = false;
    const { run } = dispatcher({
      async count() {
        ran = true;
        return { number: 0 };
      },
    });
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const input: unknown = JSON.parse(`{"text":"a","${name}":{"admin":true}}`);
      expect(await run('words', 'count', input)).toMatchObject({ ok: false });
    }
    expect(ran).toBe(false);
    expect({}).not.toHaveProperty('admin');
  });

  it.each([
    ['__proto__', 'count'],
    ['constructor', 'count'],
    ['toString', 'call'],
    ['words', '__proto__'],
    ['words', 'constructor'],
    ['words', 'hasOwnProperty'],
    ['words', 'each2'],
    ['', ''],
  ])('of %s.%s does not exist', async (service, method) => {
    expect(await dispatcher({ count }).run(service, method, { text: 'a' })).toMatchObject({
      ok: false,
      error: { message: 'There is no such method.' },
    });
  });

  it('that nobody implements does not exist', async () => {
    expect(await dispatcher({}).run('words', 'count', { text: 'a' })).toMatchObject({
      ok: false,
      error: { message: 'There is no such method.' },
    });
  });

  it('fails as its implementation says', async () => {
    const { run, defects } = dispatcher({
      count: () => Promise.reject(new Failure('server', 'Gone.', { reason: 'server-lost', next: 'Wait.' })),
    });
    expect(await run('words', 'count', { text: 'a' })).toEqual({
      ok: false,
      error: { code: 'server', message: 'Gone.', next: 'Wait.', reason: 'server-lost', facts: {} },
    });
    expect(defects).toEqual([]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('Rosa'))],
    ['throws a text', async () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a package may do
      throw 'Rosa';
    }], // prettier-ignore
    ['throws at once', () => { throw new TypeError('Rosa'); }], // prettier-ignore
    ['answers what it may not', async () => ({ number: 'Rosa' as never })],
    ['answers more than it may', async () => ({ number: 1, name: 'Rosa' })],
    ['answers nothing', async () => undefined as never],
  ])('whose implementation %s is a defect without its text', async (_what, implementation) => {
    const { run, defects } = dispatcher({ count: implementation });
    const result = await run('words', 'count', { text: 'a' });
    expect(result).toMatchObject({ ok: false, error: { code: 'defect' } });
    expect(JSON.stringify(result)).not.toContain('Rosa');
    expect(defects).toHaveLength(1);
    expect(defects[0]?.[1]).toBe('words.count');
  });
});

describe('a stream', () => {
  it('has its items, then its result', async () => {
    const { run, items } = dispatcher({
      async *each({ text }) {
        for (const letter of text) yield { text: letter };
        return { number: text.length };
      },
    });
    expect(await run('words', 'each', { text: 'ab' })).toEqual({ ok: true, value: { number: 2 } });
    expect(items).toEqual([{ text: 'a' }, { text: 'b' }]);
  });

  it('ends with its result when it is stopped', async () => {
    const stop = new AbortController();
    const { run } = dispatcher({
      async *each(_input, signal) {
        let number = 0;
        while (!signal.aborted) {
          number += 1;
          yield { text: 'a' };
          if (number === 3) stop.abort();
        }
        return { number };
      },
    });
    expect(await run('words', 'each', { text: '' }, stop.signal)).toEqual({ ok: true, value: { number: 3 } });
  });

  it('with an item that breaks the contract is ended, and lets go of what it holds', async () => {
    let released = false;
    const { run, items, defects } = dispatcher({
      async *each() {
        try {
          yield { text: 'a' };
          yield { text: 'Rosa Almeida' };
          return { number: 2 };
        } finally {
          released = true;
        }
      },
    });
    const result = await run('words', 'each', { text: '' });
    expect(result).toMatchObject({ ok: false, error: { code: 'defect' } });
    expect(JSON.stringify(result)).not.toContain('Rosa');
    expect(items).toEqual([{ text: 'a' }]);
    expect(released).toBe(true);
    expect(defects).toHaveLength(1);
  });

  it('keeps the items before a failure', async () => {
    const { run, items } = dispatcher({
      async *each() {
        yield { text: 'a' };
        throw new Failure('integrity', 'Wrong.', { reason: 'integrity-failed' });
      },
    });
    expect(await run('words', 'each', { text: '' })).toMatchObject({
      ok: false,
      error: { code: 'integrity', reason: 'integrity-failed' },
    });
    expect(items).toEqual([{ text: 'a' }]);
  });
});
