import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../app/contract/assistant.ts';
import type { Conversation } from '../../app/contract/conversations.ts';
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { DraftState } from '../composer/draft.svelte.ts';
import { drafts } from '../composer/drafts.svelte.ts';
import { failures } from '../state/failures.svelte.ts';
import { answers } from './answers.svelte.ts';
import { ConversationState } from './conversation.svelte.ts';

/** A question that was sent, for the test to accept, to answer or to refuse. */
interface Sent {
  readonly draft: Draft;
  accept(conversation: string, question: string): void;
  fail(failure: Failure): void;
}

const sent: Sent[] = [];
const asked = { conversations: new Map<string, PromiseWithResolvers<Conversation>>() };

vi.mock('../bridge/api.ts', () => ({
  bridge: { onChange: () => undefined },
  api: {
    conversations: {
      get({ id }: { id: string }) {
        const found = asked.conversations.get(id) ?? Promise.withResolvers<Conversation>();
        asked.conversations.set(id, found);
        return found.promise;
      },
    },
    plan: { preview: async () => plan },
    assistant: {
      send({ draft }: { draft: Draft }, { signal, onItem }: Listening) {
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(new Failure('cancelled', 'You stopped it.')));
        sent.push({
          draft,
          accept: (conversation, question) =>
            onItem({ type: 'accepted', conversation, question, answer: `${question}-a`, stored: true }),
          fail: reject,
        });
        return promise;
      },
    },
  },
}));
vi.mock('../detection/worker.ts', () => ({
  detectionPool: { open: () => ({ check: () => undefined, close: () => undefined }) },
}));
vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('window', { history: { pushState: () => undefined, replaceState: () => undefined } });

interface Listening {
  readonly signal: AbortSignal;
  readonly onItem: (item: Progress) => void;
}

const plan = { marks: [], pieces: [], buckets: [] } as unknown as AnswerPlan;
const unreachable = () =>
  new Failure('server', 'The server does not answer.', { reason: 'server-unreachable' });
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

let shown = new ConversationState();
let conversations = 0;
let id = '';

beforeEach(() => {
  shown.close();
  shown = new ConversationState();
  drafts.of(null).clear();
  for (const answer of answers.all) answers.forget(answer);
  failures.clear();
  sent.length = 0;
  id = `c-${++conversations}`;
});

describe('a question that was not accepted', () => {
  it('is in the prompt again, with the reason, before what was begun meanwhile', async () => {
    const draft = drafts.of(null);
    shown.show(null);
    send(draft, 'Write to Ana.');
    shown.show(null);
    draft.write('Call Halden.');
    draft.mark(5, 11, 'custom');
    sent[0]?.fail(unreachable());
    await settled();
    expect(draft.text).toBe('Write to Ana.\nCall Halden.');
    expect(draft.edits.marked.map(({ start, end }) => draft.text.slice(start, end))).toEqual(['Halden']);
    expect(shown.trouble?.failure.reason).toBe('server-unreachable');
    expect(answers.all).toEqual([]);
  });

  it('is in its own prompt again when another conversation is looked at, which tells of it', async () => {
    send(drafts.of(null), 'Write to Ana.');
    shown.show(id);
    sent[0]?.fail(unreachable());
    await settled();
    expect(drafts.of(null).text).toBe('Write to Ana.');
    expect(shown.trouble).toBeNull();
    expect(failures.items.map(({ failure }) => failure?.reason)).toEqual(['server-unreachable']);
  });

  it('is in the prompt for a new conversation again when its own went on with another question', async () => {
    const draft = drafts.of(null);
    send(draft, 'Write to Ana.');
    shown.show(null);
    send(draft, 'Call Halden.');
    sent[1]?.accept(id, 'q-1');
    sent[0]?.fail(unreachable());
    await settled();
    expect(shown.id).toBe(id);
    expect(drafts.of(id).text).toBe('');
    expect(drafts.of(null).text).toBe('Write to Ana.');
  });

  it('is in the prompt again when it was stopped, without a word', async () => {
    const draft = drafts.of(null);
    send(draft, 'Write to Ana.');
    draft.write('Call Halden.');
    shown.stop();
    await settled();
    expect(draft.text).toBe('Write to Ana.\nCall Halden.');
    expect(shown.trouble).toBeNull();
    expect(failures.items).toEqual([]);
  });

  it('says that its plan has changed when something else was begun, too', async () => {
    const draft = drafts.of(null);
    send(draft, 'Write to Ana.');
    draft.write('Call Halden.');
    sent[0]?.fail(new Failure('refused', 'The plan has changed.', { reason: 'plan-changed' }));
    await settled();
    draft.preview.follow(draft.toDraft(), '');
    expect(draft.preview.changed).toBe(true);
    draft.close();
  });

  it('takes the place of its question still, and what was begun meanwhile waits', async () => {
    await open();
    const draft = drafts.of(id);
    shown.edit('q-1', draft);
    send(draft, 'Write to Bob.');
    draft.write('Call Halden.');
    sent[0]?.fail(unreachable());
    await settled();
    expect(draft.text).toBe('Write to Bob.');
    expect(draft.replaces).toBe('q-1');
    expect(shown.trouble?.failure.reason).toBe('server-unreachable');
    draft.cancelEdit();
    expect(draft.text).toBe('Call Halden.');
  });
});

describe('what failed', () => {
  it('is asked once more as it was asked, also where the record has another wording or none yet', async () => {
    shown.show(id);
    const draft = { ...drafts.of(id).toDraft(), text: 'Write to Bob.', replaces: 'q-1' };
    const answer = answers.ask({ draft, plan, marks: [] });
    sent[0]?.fail(unreachable());
    await answer.ended;
    shown.retry(answer);
    await settled();
    expect(sent[1]?.draft).toEqual(draft);
    asked.conversations.get(id)?.resolve(recorded());
    await settled();
    sent[1]?.fail(unreachable());
    await settled();
    if (shown.answer) shown.retry(shown.answer);
    await settled();
    expect(sent[2]?.draft).toEqual(draft);
  });
});

describe('a new conversation', () => {
  it('is not blank when the one before was still being read', async () => {
    shown.show(id);
    expect(shown.loading).toBe(true);
    shown.show(null);
    expect(shown.loading).toBe(false);
    asked.conversations.get(id)?.resolve(recorded());
    await settled();
    expect(shown.loading).toBe(false);
    expect(shown.messages).toEqual([]);
  });
});

describe('what was marked by hand before', () => {
  const words = () => shown.earlierWords().map(({ text }) => text);

  it('is marked in the next question, also in one that takes the place of an earlier one', async () => {
    shown.show(id);
    const record = recorded();
    asked.conversations.get(id)?.resolve({
      ...record,
      items: [
        ...record.items,
        ...questions('q-2', 'Call Halden.', 'Halden'),
        ...questions('q-3', 'Ask Falke.', 'Falke'),
      ],
    });
    await settled();
    expect(words()).toEqual(['Halden', 'Falke']);
  });

  it('is that of the question that was accepted last, before the record has it', async () => {
    await open();
    const draft = drafts.of(id);
    draft.write('Ask Falke.');
    draft.mark(4, 9, 'custom');
    shown.send({ draft: draft.toDraft(), plan, marks: [] }, draft);
    expect(words()).toEqual([]);
    sent[0]?.accept(id, 'q-2');
    expect(words()).toEqual(['Falke']);
    sent[0]?.fail(unreachable());
    await settled();
  });
});

function send(draft: DraftState, text: string): void {
  draft.write(text);
  shown.send({ draft: draft.toDraft(), plan, marks: [] }, draft);
}

/** A conversation of one question, read. */
async function open(): Promise<void> {
  shown.show(id);
  asked.conversations.get(id)?.resolve(recorded());
  await settled();
}

/** A question with a word that was marked by hand. */
function questions(name: string, text: string, word: string): Conversation['items'] {
  const start = text.indexOf(word);
  const marked = [{ start, end: start + word.length, kind: 'custom' as const }];
  return [{ role: 'user', id: name, time: 1, text, marks: [], edits: { marked, unmarked: [] } }];
}

function recorded(): Conversation {
  const edits = { marked: [], unmarked: [] };
  return {
    id,
    title: 'Ana',
    pinned: false,
    created: 1,
    changed: 1,
    messages: 1,
    stored: true,
    items: [{ role: 'user', id: 'q-1', time: 1, text: 'Write to Ana.', marks: [], edits }],
  };
}
