import { describe, expect, it } from 'vitest';
import type { Message } from '../../app/contract/conversations.ts';
import { noEdits } from '../../app/detect/edits.ts';
import { createRecord } from '../bridge/conversations.fixture.ts';
import { markedValues, viewOf, wentEncrypted } from './view.ts';
import type { Written } from './view.ts';

const user = (id: string, text: string): Message => ({
  role: 'user',
  id,
  time: 0,
  text,
  marks: [{ start: 0, end: 3, kind: 'custom', score: 1, source: 'user', entity: 1 }],
  edits: { marked: [], unmarked: [] },
});
const assistant = (id: string): Message => ({
  role: 'assistant',
  id,
  time: 0,
  text: `answer ${id}`,
  state: 'complete',
  record: null,
});
const items = [user('q1', 'Ana one'), assistant('a1'), user('q2', 'Bob two'), assistant('a2')];
const written: Written = {
  key: 'asked-1',
  replaces: null,
  question: null,
  answer: null,
  text: '',
  marks: [],
  edits: noEdits,
  questionText: 'three',
  state: 'writing',
  record: null,
  discarded: false,
};
const show = (change: Partial<Written> | null, keyFor = (id: string) => id) =>
  viewOf(items, change && { ...written, ...change }, keyFor).map((view) => [
    view.key,
    view.role === 'assistant' ? view.state : view.text,
  ]);

describe('the messages of a conversation', () => {
  it('are those on record', () => {
    expect(show(null)).toEqual([
      ['q1', 'Ana one'],
      ['a1', 'complete'],
      ['q2', 'Bob two'],
      ['a2', 'complete'],
    ]);
  });

  it('end with the question that was just asked, and its answer as it is written', () => {
    expect(show({}).slice(4)).toEqual([
      ['asked-1-q', 'three'],
      ['asked-1-a', 'writing'],
    ]);
  });

  it('end where a question takes the place of another', () => {
    expect(show({ replaces: 'q2' })).toEqual([
      ['q1', 'Ana one'],
      ['a1', 'complete'],
      ['asked-1-q', 'three'],
      ['asked-1-a', 'writing'],
    ]);
  });

  it('show nothing twice when the record is there before the answer has ended', () => {
    expect(show({ question: 'q2', answer: 'a2', text: 'x' })).toHaveLength(4);
  });

  it('keep their place on screen when they get their ids', () => {
    const keys = new Map([
      ['q2', 'asked-1-q'],
      ['a2', 'asked-1-a'],
    ]);
    expect(show(null, (id) => keys.get(id) ?? id).map(([key]) => key)).toEqual([
      'q1',
      'a1',
      'asked-1-q',
      'asked-1-a',
    ]);
  });

  it('are the same objects while an answer is written, unless their keys change', () => {
    const view = (change: Partial<Written>, key = (id: string) => id) =>
      viewOf(items, { ...written, ...change }, key);
    const before = view({ text: 'x' });
    const after = view({ text: 'xy' });
    expect(after.map((message, at) => message === before[at])).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    const renamed = view({}, (id) => (id === 'a2' ? 'asked-1-a' : id));
    expect(renamed.map((message, at) => message === before[at])).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(renamed[3]).toMatchObject({ key: 'asked-1-a', id: 'a2' });
  });

  it('show a failed answer only as far as it was written, and a discarded one not at all', () => {
    expect(show({ state: 'failed' })).toHaveLength(5);
    expect(show({ state: 'failed', text: 'half' }).at(-1)).toEqual(['asked-1-a', 'interrupted']);
    expect(show({ state: 'failed', discarded: true }).at(-1)).toEqual(['asked-1-a', 'discarded']);
  });

  it('name what was marked in them, the latest first', () => {
    expect(markedValues(viewOf(items, null, (id) => id))).toEqual(['Bob', 'Ana']);
    expect(
      markedValues(
        viewOf(items, null, (id) => id),
        1,
      ),
    ).toEqual(['Bob']);
  });

  it('came encrypted where a record names a server, or where an answer of this page is not at its end', () => {
    const answers = (change: Partial<Written>) =>
      viewOf([assistant('imported')], { ...written, text: 'half', ...change }, (id) => id)
        .filter((view) => view.role === 'assistant')
        .map(wentEncrypted);
    const record = createRecord('four', 'three');
    expect(answers({})).toEqual([false, true]);
    expect(answers({ state: 'failed' })).toEqual([false, true]);
    expect(answers({ state: 'done', record })).toEqual([false, true]);
    const here = { ...record, receipt: { ...record.receipt, server: null } };
    expect(answers({ state: 'done', record: here })).toEqual([false, false]);
  });
});
