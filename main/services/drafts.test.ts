/** From drafts to plans on the default pack; detection by rules and a model of a few names. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Settings } from '../../app/contract/settings.ts';
import type { Draft } from '../../app/contract/plan.ts';
import { fakeClassifier, fakeReader } from '../../app/detect/model/names.fixture.ts';
import { installation } from '../installation/installation.ts';
import { createDrafts } from './drafts.ts';
import type { Drafts } from './drafts.ts';
import { createModelKeeper } from './model-keeper.ts';
import type { ModelKeeper } from './model-keeper.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';

const hasPack = existsSync(installation.defaultPack);
if (!hasPack) console.log('skipped: the default pack is not built');
const { signal } = new AbortController();

describe.skipIf(!hasPack)('a draft', () => {
  let context: ProfileContext;
  let models: ModelKeeper;
  let drafts: Drafts;
  let classifier: ReturnType<typeof fakeClassifier>;
  beforeEach(async () => {
    context = await openProfileContext();
    await context.vault.create({ storage: 'keychain', replace: false });
    classifier = fakeClassifier();
    const reader = fakeReader(classifier);
    models = createModelKeeper({ defaultPack: installation.defaultPack, packsDir: context.profile.dir });
    drafts = createDrafts({
      context,
      models,
      servers: context.servers,
      readings: { find: () => undefined },
      openModel: () => Promise.resolve(reader),
      forgetTexts: () => reader.forget(),
    });
  });
  afterEach(async () => {
    await models.close();
    await context.end();
  });

  const draftOf = (text: string, more: Partial<Draft> = {}): Draft => ({
    text,
    conversation: null,
    replaces: null,
    edits: { marked: [], unmarked: [] },
    policy: null,
    pack: null,
    server: null,
    ...more,
  });
  const sampling = (patch: Partial<Settings['sampling']>) =>
    context.settings.change({ sampling: { ...context.settings.current().sampling, ...patch } });
  /** A conversation of questions, each with its answer. */
  const conversation = (...questions: Pick<Draft, 'text' | 'edits'>[]) => {
    const store = context.store.require();
    const { id } = store.createConversation({ firstQuestion: '', stored: true });
    for (const { text, edits } of questions) {
      store.addQuestion(id, { text, edits, marks: [], replaces: null });
      const answer = store.addAnswer(id);
      store.updateAnswer(id, answer.id, { text: 'That is nice.', state: 'complete', record: null });
    }
    return id;
  };

  it.each([null, 512, 1_000_000])(
    'has an answer as long as the pack allows, beside the turns before it (longest answer: %s)',
    async (maxTokens) => {
      sampling({ maxTokens });
      const id = conversation(draftOf('My dog is called Bello.'));
      const draft = draftOf('What is my dog called?', { conversation: id });
      const { plan, pack, earlier } = (await drafts.plan(draft, signal)).prepared;
      expect(earlier.messagesLeftOut).toBe(0);
      // The last token of an answer takes no position.
      expect(plan.maxNewTokens).toBe(pack.model.context - plan.rows.length + 1);
    },
  );

  it('has an answer of as many tokens as were chosen, where they fit', async () => {
    sampling({ maxTokens: 4 });
    const { plan } = (await drafts.plan(draftOf('What is my dog called?'), signal)).prepared;
    expect(plan.maxNewTokens).toBe(4);
  });

  /** Whether the model reads a text once more that it has read. */
  const isReadAgain = async () => {
    const before = classifier.runs();
    await drafts.marksOf('Anna Kern', draftOf('').edits, null);
    return classifier.runs() > before;
  };

  it('is not read twice, until a conversation is removed or ends', async () => {
    const [one, two] = [conversation(), conversation()];
    const store = context.store.require();
    const unstored = store.createConversation({ firstQuestion: '', stored: false }).id;
    expect(await isReadAgain()).toBe(true);
    expect(await isReadAgain()).toBe(false);
    store.rename(one, 'Renamed');
    expect(await isReadAgain()).toBe(false);
    for (const id of [one, unstored]) {
      store.remove(id);
      expect(await isReadAgain()).toBe(true);
      expect(await isReadAgain()).toBe(false);
    }
    store.createConversation({ firstQuestion: '', stored: false });
    store.forgetUnstored();
    expect(await isReadAgain()).toBe(true);
    expect(store.ids()).toEqual([two]);
  });

  it('leaves nothing in memory when the keys are locked, nor until they are unlocked', async () => {
    await isReadAgain();
    await context.vault.lock();
    expect(await isReadAgain()).toBe(true);
    expect(await isReadAgain()).toBe(true);
    await context.vault.refresh();
    expect(await isReadAgain()).toBe(true);
    expect(await isReadAgain()).toBe(false);
  });

  it('leaves nothing in memory half an hour after the last text', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await isReadAgain();
    for (let minutes = 0; minutes < 60; minutes += 20) {
      vi.advanceTimersByTime(20 * 60_000);
      expect(await isReadAgain()).toBe(false);
    }
    vi.advanceTimersByTime(31 * 60_000);
    expect(await isReadAgain()).toBe(true);
  });

  const markedIn = (text: string, word: string): Draft => {
    const start = text.indexOf(word);
    const marked = [{ start, end: start + word.length, kind: 'custom' as const }];
    return draftOf(text, { edits: { marked, unmarked: [] } });
  };

  it('keeps a word protected that was marked by hand anywhere in the conversation, also when it is asked anew', async () => {
    const text = 'Tell me about zebrafink please';
    const id = conversation(draftOf(text), markedIn('is zebrafink big', 'zebrafink'));
    const [first] = context.store.require().get(id).items;
    const draft = draftOf(text, { conversation: id, replaces: first?.id ?? '' });
    const { marks } = await drafts.plan(draft, signal);
    expect(marks.map(({ start, end }) => text.slice(start, end))).toEqual(['zebrafink']);
    expect(await drafts.marksOf(text, draft.edits, id)).toEqual(marks);
  });

  it('protects in earlier questions what was marked by hand after them', async () => {
    const id = conversation(draftOf('Tell me about zebrafink please'), markedIn('zebrafink?', 'zebrafink'));
    const draft = draftOf('And you?', { conversation: id, policy: 'masked-attention' });
    const { plan, pack, earlier } = (await drafts.plan(draft, signal)).prepared;
    const { tokenizer } = await models.open(null);
    const question = tokenizer.encode('Tell me about zebrafink please');
    const rows = plan.rows.slice(pack.tokenizer.begin.length + 1).slice(0, question.length);
    expect(earlier.messagesLeftOut).toBe(0);
    expect(rows.map((row) => row.protected)).toEqual(
      question.map((token) => token.text.start < 23 && token.text.end > 14),
    );
  });

  it('leaves out turns before it rather than give an answer less than its usual room', async () => {
    const text = 'The cat sat on the mat. '.repeat(20).trim();
    const id = conversation(...[1, 2, 3, 4].map(() => draftOf(text)));
    const { plan, earlier } = (await drafts.plan(draftOf('And you?', { conversation: id }), signal)).prepared;
    expect(earlier.messagesLeftOut).toBeGreaterThan(0);
    expect(plan.maxNewTokens).toBeGreaterThanOrEqual(128);
  });
});
