import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import type { Mark } from '../../app/detect/span.ts';
import type { Answer } from '../detection/worker-pool.ts';
import { createDraft } from './draft.svelte.ts';

/** What the page's reader marks, and what the plan does. */
const found = { here: [] as readonly Mark[], planned: [] as readonly Mark[] };

vi.mock('../bridge/api.ts', () => ({
  api: { plan: { preview: async () => ({ marks: found.planned, pieces: [] }) as unknown as AnswerPlan } },
  bridge: {},
}));
vi.mock('../detection/worker.ts', () => ({
  detectionPool: {
    open: (_basis: unknown, onAnswer: (answer: Answer) => void) => ({
      check: () => onAnswer({ type: 'marks', channel: 1, job: 1, marks: found.here, whole: true }),
      close: () => undefined,
    }),
  },
}));

beforeEach(() => {
  found.here = [];
  found.planned = [];
});

describe('a text from elsewhere', () => {
  it('has the line ends of a text field, so that what is typed next moves no mark to other letters', () => {
    const draft = createDraft();
    draft.add({ text: 'Dear Ana,\r\nask Halden.\rBye.' });
    expect(draft.text).toBe('Dear Ana,\nask Halden.\nBye.');

    const marked = { start: 15, end: 21, kind: 'custom' } as const;
    draft.load({ text: 'Dear Ana,\r\nask Halden.', edits: { marked: [marked], unmarked: [] } });
    expect(markedIn(draft)).toEqual(['Halden']);
    draft.write(`${draft.text} Now.`);
    expect(markedIn(draft)).toEqual(['Halden']);
  });
});

describe('what is drawn as marked', () => {
  it('is what the plan of just this text with these edits protects, whatever was found here', async () => {
    const draft = createDraft();
    found.here = [mark(4, 9)];
    draft.write('Ask Falke or Ana.');
    expect(draft.marks).toEqual([mark(4, 9)]);
    await planned(draft);
    expect(draft.readiness).toBe('ready');
    expect(draft.marks).toEqual([]);
    expect(draft.question()?.marks).toEqual([]);

    // What was changed since is drawn as it is found here.
    draft.mark(13, 16, 'person');
    expect(draft.marks.map(({ start }) => start)).toEqual([4, 13]);
    draft.close();
  });

  it('can be unmarked where the plan alone marks it', async () => {
    const draft = createDraft();
    found.planned = [mark(4, 9)];
    draft.write('Ask Falke or Ana.');
    await planned(draft);
    expect(draft.marks).toEqual([mark(4, 9)]);
    draft.unmark({ start: 4, end: 9 }, false);
    expect(draft.edits.unmarked).toEqual([{ start: 4, end: 9, confirmed: false }]);
    draft.close();
  });
});

describe('unmarking', () => {
  it('takes away what was found there, also where a mark by hand shows a part of it alone', () => {
    const draft = createDraft();
    found.here = [{ ...mark(4, 16), kind: 'person', score: 0.8, source: 'model' }];
    draft.write('Ask Maria Keller.');
    draft.mark(10, 16, 'custom');
    const [maria] = draft.marks;
    expect(maria).toMatchObject({ start: 4, end: 9 });
    if (maria) draft.unmark(maria, false);
    expect(draft.marks.map(({ start, end }) => [start, end])).toEqual([[10, 16]]);
  });
});

describe('what was marked by hand', () => {
  const text = 'Ask Falke about the lease, and call Falke.';
  const begun = () => {
    const draft = createDraft();
    draft.write(text);
    draft.mark(4, 9, 'custom');
    expect(markedIn(draft)).toEqual(['Falke', 'Falke']);
    return draft;
  };

  it('is marked again when it is cut out and pasted, here or elsewhere in the text', () => {
    const draft = begun();
    draft.write('Ask about the lease, and call Falke.');
    draft.write('Ask about Falke the lease, and call Falke.');
    expect(markedIn(draft)).toEqual(['Falke', 'Falke']);
  });

  it('is marked again when all of it is deleted and comes back', () => {
    const draft = begun();
    draft.write('');
    expect(markedIn(draft)).toEqual([]);
    draft.write(text);
    expect(markedIn(draft)).toEqual(['Falke', 'Falke']);
    draft.write('');
    draft.add({ text: 'Tell FALKE.' });
    expect(markedIn(draft)).toEqual(['FALKE']);
  });

  it('is marked again as it was changed, and not by the letters that it was deleted down to', () => {
    const draft = begun();
    draft.write('Ask Falke-Meyer about it.');
    draft.write(`${draft.text} Or not.`);
    draft.mark(4, 15, 'person');
    for (let left = 15; left > 3; left -= 1) draft.write(`Ask ${'Falke-Meyer'.slice(0, left - 4)} about it.`);
    draft.write('Ask F about it, F.');
    expect(markedIn(draft)).toEqual([]);
    draft.write('Ask Falke-Meyer about it, F.');
    expect(markedIn(draft)).toContain('Falke-Meyer');
  });

  it('is not marked again once it was unmarked, nor in the next question', () => {
    const draft = begun();
    draft.unmark({ start: 4, end: 9 }, false);
    draft.write('Ask about the lease, and call Falke.');
    draft.write(text);
    expect(markedIn(draft)).toEqual(['Falke']);
    draft.clear();
    draft.write(text);
    expect(markedIn(draft)).toEqual([]);
  });

  it('is never left out in silence where there is too much of it', () => {
    const draft = createDraft();
    draft.write(`Ana ${'Falke '.repeat(1500)}`);
    expect(draft.mark(0, 3, 'person')).toBe(true);
    expect(draft.mark(4, 9, 'custom')).toBe(false);
    expect(markedIn(draft)).toEqual(['Ana']);
    expect(draft.overfull).toBe(false);

    // What is written later is marked all the same, and is not sent.
    draft.write('Ana Falke.');
    draft.mark(4, 9, 'custom');
    draft.write(`Ana ${'Falke '.repeat(1500)}`);
    expect(markedIn(draft)).toHaveLength(1501);
    expect(draft.readiness).toBe('refused');
  });
});

/** Waits until there is a plan for the draft as it is. */
async function planned(draft: ReturnType<typeof createDraft>): Promise<void> {
  const asked: Draft = draft.toDraft();
  draft.preview.follow(asked, '');
  await expect.poll(() => draft.preview.current).toBe(true);
}

function mark(start: number, end: number): Mark {
  return { start, end, kind: 'custom', score: 1, source: 'user', entity: 1 };
}

function markedIn({ text, edits }: ReturnType<typeof createDraft>): string[] {
  return edits.marked.map(({ start, end }) => text.slice(start, end));
}
