import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultSettings } from '../../app/contract/settings.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { answerLimit, createDetectionPool, startLimit } from './worker-pool.ts';
import type { Answer, DetectionWorker } from './worker-pool.ts';

/** A worker whose answers the test gives. */
class ScriptedWorker implements DetectionWorker {
  onmessage: ((event: { readonly data: FromWorker }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly got: ToWorker[] = [];
  ended = false;
  postMessage(message: ToWorker): void {
    this.got.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  say(data: FromWorker): void {
    this.onmessage?.({ data });
  }
  answer(whole = true): void {
    const last = this.got.findLast((message) => message.type === 'text');
    if (last) this.say({ type: 'marks', channel: last.channel, job: last.job, marks: [], whole });
  }
}

const basis = { settings: defaultSettings.detection, words: [] };
let workers: ScriptedWorker[];
let answers: Answer[];
const spawn = () => {
  const worker = new ScriptedWorker();
  workers.push(worker);
  return worker;
};
const open = () => {
  const pool = createDetectionPool(spawn);
  return { pool, channel: pool.open(basis, (answer) => answers.push(answer)) };
};

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  answers = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the detection worker', () => {
  it('is started by the first text, with the settings', () => {
    const { channel } = open();
    expect(workers).toEqual([]);
    channel.check('a');
    expect(workers[0]?.got).toMatchObject([
      { type: 'basis', basis },
      { type: 'text', text: 'a' },
    ]);
  });

  it('answers for the newest text alone', () => {
    const { channel } = open();
    channel.check('a');
    const [worker] = workers;
    worker?.say({ type: 'ready' });
    channel.check('ab');
    worker?.say({ type: 'marks', channel: 1, job: 1, marks: [], whole: true });
    expect(answers).toEqual([]);
    worker?.answer();
    expect(answers).toMatchObject([{ type: 'marks', job: 2 }]);
  });

  it('that does not answer in time is ended, the text is told to be unread, and the next text gets a new one', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.say({ type: 'ready' });
    vi.advanceTimersByTime(answerLimit - 300);
    expect(answers).toEqual([]);
    vi.advanceTimersByTime(900);
    expect(answers).toEqual([{ type: 'failed' }]);
    expect(workers[0]?.ended).toBe(true);
    channel.check('ab');
    expect(workers).toHaveLength(2);
    workers[1]?.say({ type: 'ready' });
    workers[1]?.answer();
    expect(answers.at(-1)).toMatchObject({ type: 'marks', whole: true });
    vi.advanceTimersByTime(60_000);
    expect(answers).toHaveLength(2);
  });

  it('may take longer to start, but not for ever', () => {
    const { channel } = open();
    channel.check('a');
    vi.advanceTimersByTime(startLimit - 500);
    expect(answers).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(answers).toEqual([{ type: 'failed' }]);
  });

  it('may take its time for a long text while it goes on reading, whoever’s text that is', () => {
    const { pool, channel } = open();
    const other = pool.open(basis, (answer) => answers.push(answer));
    channel.check('a');
    other.check('b');
    workers[0]?.say({ type: 'ready' });
    for (let i = 0; i < 20; i += 1) {
      vi.advanceTimersByTime(answerLimit - 500);
      workers[0]?.say({ type: 'reading' });
    }
    expect(answers).toEqual([]);
    vi.advanceTimersByTime(answerLimit + 600);
    expect(answers).toEqual([{ type: 'failed' }, { type: 'failed' }]);
  });

  it('shows what rules mark while the model is on its way', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.answer(false);
    vi.advanceTimersByTime(startLimit - 1000);
    expect(answers).toMatchObject([{ type: 'marks', whole: false }]);
    workers[0]?.say({ type: 'ready' });
    workers[0]?.answer();
    expect(answers.at(-1)).toMatchObject({ type: 'marks', whole: true });
  });

  it('without a model leaves the text unread, and is replaced when it is asked again', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.answer(false);
    workers[0]?.say({ type: 'broken' });
    expect(answers.at(-1)).toEqual({ type: 'failed' });
    expect(workers[0]?.ended).toBe(true);
    channel.check('a');
    expect(workers).toHaveLength(2);
  });

  it('can be started before the first text', () => {
    const { pool, channel } = open();
    pool.warm();
    pool.warm();
    expect(workers).toHaveLength(1);
    workers[0]?.say({ type: 'ready' });
    channel.check('a');
    expect(workers).toHaveLength(1);
  });

  it('that breaks is replaced', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.onerror?.(new Error('out of memory'));
    expect(answers).toEqual([{ type: 'failed' }]);
    workers[0]?.answer();
    expect(answers).toHaveLength(1);
  });

  it('owes the whole text after a first look', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.say({ type: 'ready' });
    workers[0]?.answer(false);
    expect(answers).toMatchObject([{ type: 'marks', whole: false }]);
    vi.advanceTimersByTime(answerLimit + 600);
    expect(answers.at(-1)).toEqual({ type: 'failed' });
  });

  it('reads again when the settings change', () => {
    const { channel } = open();
    channel.check('a');
    workers[0]?.answer();
    channel.setBasis({ ...basis, words: [{ text: 'a' }] });
    expect(workers[0]?.got.slice(-2)).toMatchObject([{ type: 'basis' }, { type: 'text', text: 'a' }]);
  });

  it('has one look-out for many texts, and none for those that were closed', () => {
    const { pool, channel } = open();
    const other = pool.open(basis, (answer) => answers.push(answer));
    channel.check('a');
    workers[0]?.say({ type: 'ready' });
    other.check('b');
    other.close();
    workers[0]?.say({ type: 'marks', channel: 1, job: 1, marks: [], whole: true });
    vi.advanceTimersByTime(60_000);
    expect(answers).toHaveLength(1);
    expect(workers).toHaveLength(1);
  });
});
