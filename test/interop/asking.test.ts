/** Asking on a real server: what is stored, what is sent again, and what becomes of an answer that breaks off. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conversation } from '../../app/contract/conversations.ts';
import { Failure } from '../../app/failure/failure.ts';
import { connect } from '../../main/egress/connect.ts';
import type { ServerConnection } from '../../main/egress/connect.ts';
import type { Ledger } from '../../main/egress/ledger.ts';
import { makeTestPacks, missingPacks } from '../../main/inference/test-packs.fixture.ts';
import { memoryPinStore } from '../../main/egress/pins.ts';
import type { ReachedServer } from '../../main/services/server-choice.ts';
import { defaultPack } from '../end-to-end/sotto.ts';
import type { AskingRig, RigOptions } from './asking.ts';
import { drain, draftOf, startAsking } from './asking.ts';
import type { TestServer } from './sotto-server.ts';
import { hasServer, startServer } from './sotto-server.ts';

const quick = 'What is the weather like?';
const { signal } = new AbortController();

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Failure)) throw new Error('it did not fail', { cause: outcome });
  return outcome;
}

async function connectTo(server: TestServer, ledger: Ledger): Promise<ServerConnection> {
  const { address, identity } = server;
  return connect({ address, pins: memoryPinStore(), ledger, ...(identity && { identity }) });
}

const answerOf = ({ items }: Conversation, index = -1) => {
  const item = items.at(index);
  if (item?.role !== 'assistant') throw new Error('no answer there');
  return item;
};

describe.skipIf(!hasServer)('asking', () => {
  let dir: string;
  let server: TestServer;
  let rig: AskingRig;
  /** What happens to the server's products on their way. */
  let tamper: (product: Uint8Array) => Uint8Array;

  const reach: RigOptions['reach'] = async (_, ledger): Promise<ReachedServer> => {
    const connection = await connectTo(server, ledger);
    return {
      connection: {
        ...connection,
        async openMultiply(stop) {
          const stream = await connection.openMultiply(stop);
          return {
            close: () => stream.close(),
            async multiply(request, signal) {
              const response = await stream.multiply(request, signal);
              return { ...response, product: tamper(response.product) };
            },
          };
        },
      },
      name: 'bundled',
      bundled: true,
      close: () => Promise.resolve(connection.close()),
    };
  };
  const limit = (maxTokens: number) =>
    rig.context.settings.change({
      sampling: { ...rig.context.settings.current().sampling, maxTokens },
    });
  const store = () => rig.context.store.require();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sotto-asking-server-'));
    server = await startServer({ pack: defaultPack, dataDir: dir });
    tamper = (product) => product;
    rig = await startAsking({ reach });
    limit(4);
  });
  afterAll(async () => {
    await rig.close();
    await server.kill();
    await rm(dir, { recursive: true, force: true });
  });

  it('says what happens, in order, and puts question and answer on record', async () => {
    const { items, result } = await rig.ask({ text: quick });
    const types = items.map(({ type }) => type);
    expect([...new Set(types)]).toEqual(['accepted', 'loading', 'connecting', 'keys', 'reading', 'text']);
    expect(items[0]).toMatchObject({
      conversation: result.conversation,
      answer: result.answer,
      stored: true,
    });
    const streamed = items.map((item) => (item.type === 'text' ? item.text : '')).join('');
    expect(streamed).toBe(result.record.receipt.text);
    const kept = store().get(result.conversation);
    expect(kept.items).toHaveLength(2);
    expect(kept.items[0]).toMatchObject({ role: 'user', text: quick });
    expect(answerOf(kept)).toMatchObject({ id: result.answer, text: streamed, state: 'complete', record: result.record }); // prettier-ignore
    expect(result.record.receipt.wire.keys).toBeGreaterThan(4_000_000);
  });

  it('neither connects nor sends keys for the second question, and keys alone for another conversation', async () => {
    const first = await rig.ask({ text: quick });
    const [connections, { opened }] = [rig.reached.length, rig.ledger.socketTotals()];
    const second = await rig.ask({ text: 'And then?', conversation: first.result.conversation });
    expect(rig.reached.length).toBe(connections);
    expect(rig.ledger.socketTotals().opened).toBe(opened);
    expect(new Set(second.items.map(({ type }) => type))).toEqual(new Set(['accepted', 'reading', 'text']));
    expect(second.result.record.receipt.wire.keys).toBe(0);
    expect(second.result.record.keyId).toBe(first.result.record.keyId);
    const other = await rig.ask({ text: quick });
    expect(rig.ledger.socketTotals().opened).toBe(opened);
    expect(other.result.record.keyId).not.toBe(first.result.record.keyId);
    expect(other.result.record.receipt.wire.keys).toBeGreaterThan(0);
  });

  it('has keys for more conversations than a server keeps keys, and none for those that are gone', async () => {
    // One of the three places is left to others.
    const small = await startServer({ pack: defaultPack, dataDir: join(dir, 'small'), maxKeys: 3 });
    const own = await startAsking({
      reach: async (_, ledger) => {
        const connection = await connectTo(small, ledger);
        return {
          connection,
          name: 'bundled',
          bundled: true,
          close: () => Promise.resolve(connection.close()),
        };
      },
    });
    try {
      const sampling = { ...own.context.settings.current().sampling, maxTokens: 2 };
      own.context.settings.change({ sampling });
      const [first, second] = [await own.ask({ text: quick }), await own.ask({ text: quick })];
      const uploads = () =>
        own.vault.uploadedTo('bundled').map((keyId) => Buffer.from(keyId).toString('hex'));
      expect(uploads()).toEqual([first.result.record.keyId, second.result.record.keyId]);

      // The one that was used last stays.
      await own.ask({ text: 'And then?', conversation: first.result.conversation });
      const third = await own.ask({ text: quick });
      expect(uploads()).toEqual([first.result.record.keyId, third.result.record.keyId]);

      // Keys that made room are sent again, as the preview says, though their session still stands.
      const again = await own.ask({ text: 'And then?', conversation: second.result.conversation });
      expect(again.plan.preview.wire.keys).toBeGreaterThan(4_000_000);
      expect(again.result.record.receipt.wire.keys).toBe(again.plan.preview.wire.keys);
      expect(again.result.record.keyId).toBe(second.result.record.keyId);

      own.context.store.require().remove(third.result.conversation);
      const pending = own.vault.pendingDeletions().map(({ keyId }) => Buffer.from(keyId).toString('hex'));
      expect(pending).toEqual([third.result.record.keyId]);
    } finally {
      await own.close();
      await small.kill();
    }
  });

  it('learns to estimate how long an answer takes', async () => {
    const { estimate } = await rig.services.plan.preview(draftOf({ text: quick }), signal);
    expect(estimate?.perToken).toBeGreaterThan(0);
    expect(estimate?.answer).toBeGreaterThanOrEqual(estimate?.firstToken ?? Infinity);
  });

  it('refuses a plan that is not the one that was shown, and stores nothing', async () => {
    const { total } = store().list({ before: null, limit: 1 });
    const draft = draftOf({ text: quick });
    const { id } = await rig.services.plan.preview({ ...draft, policy: 'everything' }, signal);
    const failure = await failureOf(
      drain(rig.services.assistant.send({ draft, plan: id }, signal), () => undefined),
    );
    expect([failure.code, failure.reason]).toEqual(['refused', 'plan-changed']);
    expect(store().list({ before: null, limit: 1 }).total).toBe(total);
  });

  it('compares the policies', async () => {
    const text = 'Hello, I am ana@example.org and I have a question about lunch.';
    const { policies } = await rig.services.plan.compare(draftOf({ text }), signal);
    expect(policies.map(({ policy, exact }) => [policy, exact])).toEqual([
      ['everything', true],
      ['exact', true],
      ['masked-attention', false],
    ]);
    const protectedRows = policies.map(({ rows }) => rows.protected);
    expect(protectedRows).toEqual(protectedRows.toSorted((a, b) => b - a));
  });

  it('asks anew in place of a question and all after it', async () => {
    const first = await rig.ask({ text: 'One?' });
    const { conversation } = first.result;
    await rig.ask({ text: 'Two?', conversation });
    const [, , two] = store().get(conversation).items;
    const again = await rig.ask({ text: 'Three?', conversation, replaces: two?.id ?? '' });
    expect(store().get(conversation).items.map((item) => (item.role === 'user' ? item.text : item.id))).toEqual([
      'One?', first.result.answer, 'Three?', again.result.answer,
    ]); // prettier-ignore
    const draft = draftOf({ text: 'x', conversation, replaces: first.result.answer });
    const failure = await failureOf(rig.services.plan.preview(draft, signal));
    expect(failure.reason).toBe('not-found');
  });

  it('is stopped by the user, and the result still comes', async () => {
    limit(60);
    const stop = new AbortController();
    let tokens = 0;
    const { result } = await rig.ask(
      { text: quick },
      { signal: stop.signal, onItem: (item) => item.type === 'text' && ++tokens === 3 && stop.abort() },
    );
    limit(4);
    expect(result.record.receipt.finish).toBe('cancelled');
    expect(result.record.receipt.text).not.toBe('');
    expect(answerOf(store().get(result.conversation))).toMatchObject({
      state: 'stopped',
      text: result.record.receipt.text,
    });
  });

  it('is stopped before it began, and nothing was sent', async () => {
    const stop = new AbortController();
    const sent = rig.ledger.totals('products').sentBytes;
    const { result } = await rig.ask(
      { text: quick },
      { signal: stop.signal, onItem: (item) => item.type === 'accepted' && stop.abort() },
    );
    expect(result.record).toMatchObject({ keyId: null, ciphertext: null, buckets: [] });
    expect(result.record.receipt).toMatchObject({ finish: 'cancelled', text: '', tokens: [] });
    expect(rig.ledger.totals('products').sentBytes).toBe(sent);
    expect(answerOf(store().get(result.conversation)).state).toBe('stopped');
  });

  it('counts the keys that had left when it was stopped', async () => {
    const stop = new AbortController();
    const { plan, result } = await rig.ask(
      { text: quick },
      { signal: stop.signal, onItem: (item) => item.type === 'keys' && item.sent > 0 && stop.abort() },
    );
    expect(result.record.receipt.finish).toBe('cancelled');
    const { keys } = result.record.receipt.wire;
    expect(keys).toBeGreaterThan(0);
    expect(keys).toBeLessThanOrEqual(plan.preview.wire.keys);
  });

  it('gives two questions their turns, and refuses a second one in one conversation', async () => {
    const first = await rig.ask({ text: 'One?' });
    const { conversation } = first.result;
    let refused: Promise<Failure> | undefined;
    const [a, b] = await Promise.all([
      rig.ask(
        { text: 'Two?', conversation },
        {
          onItem(item) {
            if (item.type === 'accepted') {
              const draft = draftOf({ text: 'Three?', conversation });
              refused = failureOf(
                rig.services.plan
                  .preview(draft, signal)
                  .then(({ id }) =>
                    drain(rig.services.assistant.send({ draft, plan: id }, signal), () => undefined),
                  ),
              );
            }
          },
        },
      ),
      rig.ask({ text: 'Other?' }),
    ]);
    expect([a.result.record.receipt.finish, b.result.record.receipt.finish]).not.toContain('cancelled');
    expect((await refused)?.reason).toBe('answer-running');
    // Their bytes were not mixed up.
    for (const { plan, result } of [a, b]) expect(result.record.buckets).toEqual(plan.buckets);
  });

  it('writes nothing in no-history mode', async () => {
    rig.context.settings.change({ history: { enabled: false, deleteAfterDays: null } });
    const { items, result } = await rig.ask({ text: quick });
    rig.context.settings.change({ history: { enabled: true, deleteAfterDays: null } });
    expect(items[0]).toMatchObject({ type: 'accepted', stored: false });
    expect(store().summary(result.conversation)?.stored).toBe(false);
  });

  it('protects what is sensitive in earlier questions today, and every word of their answers', async () => {
    const [question, answer] = ['I am ana@example.org.', 'Hello.'];
    store().importAll([
      {
        id: 'imported', source: null, title: 'Imported', pinned: false, created: 1, changed: 1,
        items: [
          { role: 'user', id: 'q', time: 1, text: question, marks: [], edits: { marked: [], unmarked: [] } },
          { role: 'assistant', id: 'a', time: 1, text: answer, state: 'complete', record: null },
        ],
      },
    ]); // prettier-ignore
    const found = store()
      .list({ before: null, limit: 500 })
      .conversations.find(({ title }) => title === 'Imported');
    const draft = draftOf({ text: 'And you?', conversation: found?.id ?? '', policy: 'masked-attention' });
    const { earlier } = await rig.services.plan.preview(draft, signal);
    const { tokenizer } = await rig.asking.models.open(null);
    const size = (text: string) => tokenizer.encode(text).length;
    const email = tokenizer.encode(question).filter(({ text }) => text.start < 20 && text.end > 5);
    expect(earlier).toEqual({
      rows: 2 + size(question) + size(answer),
      protected: email.length + size(answer),
      messagesLeftOut: 0,
    });
  });

  it('leaves out the oldest messages when the model cannot read them all', async () => {
    const text = 'The cat sat on the mat. '.repeat(20).trim();
    const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, i) =>
      i % 2 === 0
        ? { role: 'user' as const, id, time: i, text, marks: [], edits: { marked: [], unmarked: [] } }
        : { role: 'assistant' as const, id, time: i, text, state: 'complete' as const, record: null },
    );
    store().importAll([
      { id: 'long', source: null, title: 'Long', pinned: false, created: 1, changed: 1, items },
    ]);
    const found = store()
      .list({ before: null, limit: 500 })
      .conversations.find(({ title }) => title === 'Long');
    const draft = draftOf({ text: 'And you?', conversation: found?.id ?? '' });
    const { earlier, preview } = await rig.services.plan.preview(draft, signal);
    expect(earlier.messagesLeftOut).toBeGreaterThan(0);
    expect(earlier.messagesLeftOut % 2).toBe(0);
    expect(preview.rows.prompt + preview.rows.generated).toBeLessThanOrEqual(513);
    const failure = await failureOf(rig.services.plan.preview({ ...draft, text: text.repeat(5) }, signal));
    expect(failure.reason).toBe('prompt-too-long');
    const empty = await failureOf(rig.services.plan.preview({ ...draft, text: ' ' }, signal));
    expect(empty.reason).toBe('prompt-empty');
  });

  it('reads of a conversation what is new alone', async () => {
    const text = 'Please tell Ana Ruiz, ana@example.org, what the weather is like in the north today.';
    const first = await rig.ask({ text });
    const { conversation } = first.result;
    const before = first.result.record.receipt;
    const draft = draftOf({ text: 'And tomorrow?', conversation });
    const { preview, earlier } = await rig.services.plan.preview(draft, signal);
    const cutOff = before.finish === 'length' ? 1 : 0;
    expect(preview.rows.kept).toBe(before.rows.prompt + before.rows.generated - cutOff);
    expect(earlier).toEqual({ rows: cutOff, protected: cutOff, messagesLeftOut: 0 });
    const { tokenizer } = await rig.asking.models.open(null);
    // The turn's two own tokens beside its text.
    expect(preview.rows.protected).toBe(tokenizer.encode(draft.text).length + 2 + cutOff);
    expect(preview.wire.prompt.sent).toBeLessThan(first.plan.preview.wire.prompt.sent);

    // Under another policy rows see something else: all are read.
    const masked = await rig.services.plan.preview({ ...draft, policy: 'masked-attention' }, signal);
    expect(masked.preview.rows.prompt).toBe(preview.rows.prompt);
    expect(masked.preview.rows.kept).toBeUndefined();

    // The question asked anew reads its own turn, and what came before it still need not be read.
    const second = await rig.ask({ text: draft.text, conversation });
    const { items } = store().get(conversation);
    const again = draftOf({ text: draft.text, conversation, replaces: items.at(-2)?.id ?? null });
    const { rows } = (await rig.services.plan.preview(again, signal)).preview;
    expect(rows).toMatchObject({ prompt: preview.rows.prompt, kept: (preview.rows.kept ?? 0) + cutOff });
    expect(second.result.record.receipt.rows.kept).toBe(preview.rows.kept);
  });

  it('goes on from nothing that was computed with a server whose product was wrong', async () => {
    const { result } = await rig.ask({ text: quick });
    const draft = draftOf({ text: 'And then?', conversation: result.conversation });
    const keptRows = async () => (await rig.services.plan.preview(draft, signal)).preview.rows.kept;
    expect(await keptRows()).toBeGreaterThan(0);
    tamper = (product) => product.with(-1, (product.at(-1) ?? 0) ^ 1);
    const failure = await failureOf(rig.ask({ text: 'Is it?' }));
    tamper = (product) => product;
    expect(failure.code).toBe('integrity');
    expect(await keptRows()).toBeUndefined();
  });

  it('does not tell the server by its end which product was found to be wrong', async () => {
    const asked = [];
    for (const first of [1, 20]) {
      let products = 0;
      tamper = (product) => (++products < first ? product : product.with(-1, (product.at(-1) ?? 0) ^ 1));
      const failure = await failureOf(rig.ask({ text: 'Is it?' }));
      tamper = (product) => product;
      expect(failure.code).toBe('integrity');
      asked.push(products);
    }
    expect(asked[0]).toBeGreaterThan(20);
    expect(asked[1]).toBe(asked[0]);
  });

  it('does not go on from it either in a question that waited meanwhile', async () => {
    const { result } = await rig.ask({ text: quick });
    let products = 0;
    tamper = (product) => (++products < 20 ? product : product.with(-1, (product.at(-1) ?? 0) ^ 1));
    const draft = draftOf({ text: 'And then?', conversation: result.conversation });
    const plan = await rig.services.plan.preview(draft, signal);
    const { promise: begun, resolve: begin } = Promise.withResolvers<unknown>();
    const doubtful = failureOf(rig.ask({ text: 'Is it?' }, { onItem: begin }));
    await begun;
    const send = rig.services.assistant.send({ draft, plan: plan.id }, signal);
    const waiting = failureOf(drain(send, () => undefined));
    expect((await doubtful).code).toBe('integrity');
    tamper = (product) => product;
    expect((await waiting).reason).toBe('plan-changed');
  });

  it('ends with its conversation', async () => {
    limit(60);
    let conversation = '';
    const failure = await failureOf(
      rig.ask(
        { text: quick },
        {
          onItem(item) {
            if (item.type === 'accepted') ({ conversation } = item);
            if (item.type === 'text' && store().summary(conversation)) store().remove(conversation);
          },
        },
      ),
    );
    limit(4);
    expect(failure.code).toBe('cancelled');
    expect(store().summary(conversation)).toBeUndefined();
  });

  it('discards an answer with a wrong product, and its key', async () => {
    const first = await rig.ask({ text: quick });
    let products = 0;
    tamper = (product) => {
      if (++products < 20) return product;
      const wrong = product.slice();
      wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
      return wrong;
    };
    const { conversation } = first.result;
    const failure = await failureOf(rig.ask({ text: 'And now?', conversation }));
    tamper = (product) => product;
    expect([failure.code, failure.reason]).toEqual(['integrity', 'integrity-failed']);
    expect(answerOf(store().get(conversation))).toMatchObject({ state: 'discarded', text: '', record: null });
    // The next question has another key, and does not read what was discarded.
    const next = await rig.ask({ text: 'And now?', conversation });
    expect(next.result.record.keyId).not.toBe(first.result.record.keyId);
    expect(next.plan.earlier.messagesLeftOut).toBe(0);
    expect(next.result.record.receipt.wire.keys).toBeGreaterThan(0);
  });

  it('ends an answer whose key is rotated in the middle of a product, and says so', async () => {
    const first = await rig.ask({ text: quick });
    const { conversation } = first.result;
    let products = 0;
    tamper = (product) => {
      if (++products === 20) {
        rig.vault.rotate();
        rig.asking.sessions.closeRetired();
      }
      return product;
    };
    const failure = await failureOf(rig.ask({ text: 'And now?', conversation }));
    tamper = (product) => product;
    expect(failure).toMatchObject({
      code: 'refused',
      message: 'The session key was retired. Nothing more is encrypted under it.',
      next: 'Ask again: a new key is used.',
    });
    expect(answerOf(store().get(conversation)).state).toBe('interrupted');
    const next = await rig.ask({ text: 'And now?', conversation });
    expect(next.result.record.keyId).not.toBe(first.result.record.keyId);
  });

  it('takes a rotated key at the next question', async () => {
    const first = await rig.ask({ text: quick });
    rig.vault.rotate();
    const second = await rig.ask({ text: 'Why?', conversation: first.result.conversation });
    expect(second.result.record.keyId).not.toBe(first.result.record.keyId);
  });

  it('keeps what was written when the server is lost, and reaches it when it is back', async () => {
    limit(60);
    let conversation = '';
    let text = '';
    const { port } = server;
    const failure = await failureOf(
      rig.ask(
        { text: quick },
        {
          onItem(item) {
            if (item.type === 'accepted') ({ conversation } = item);
            if (item.type !== 'text') return;
            if (text === '') void server.kill();
            text += item.text;
          },
        },
      ),
    );
    limit(4);
    expect([failure.code, failure.reason]).toEqual(['server', 'server-lost']);
    expect(text).not.toBe('');
    expect(answerOf(store().get(conversation))).toMatchObject({ state: 'interrupted', text, record: null });

    const down = await failureOf(rig.ask({ text: 'Are you there?', conversation }));
    expect(down.code).toBe('server');
    expect(answerOf(store().get(conversation))).toMatchObject({ state: 'interrupted', text: '' });

    server = await startServer({ pack: defaultPack, dataDir: dir, port });
    const back = await rig.ask({ text: 'And now?', conversation });
    expect(back.result.record.receipt.finish).not.toBe('cancelled');
    // The half answer is part of the conversation, and protected; the question without an answer is not.
    expect(back.plan.earlier.rows).toBeGreaterThan(0);
  });

  it('learns what is always marked and what never, and asks before a proven secret goes', async () => {
    const { detection } = rig.services;
    const edits = { marked: [], unmarked: [] };
    const kindsIn = async (text: string) =>
      (await detection.check({ text, edits, conversation: null }, signal)).marks.map(({ kind }) => kind);
    await detection.always({ text: 'Falcon', kind: 'organisation' }, signal);
    expect(await kindsIn('Falcon, ana@example.org')).toEqual(['organisation', 'email']);
    await detection.never({ text: 'ana@example.org', confirmed: false }, signal);
    await detection.never({ text: 'falcon', confirmed: false }, signal);
    expect(await kindsIn('Falcon, ana@example.org')).toEqual([]);
    const key = 'AKIAQYLPMN5HHHFPZAM2';
    expect(await kindsIn(`use ${key} now`)).toHaveLength(1);
    const failure = await failureOf(detection.never({ text: key, confirmed: false }, signal));
    expect(failure.reason).toBe('secret-unconfirmed');
    await detection.never({ text: key, confirmed: true }, signal);
    expect(await kindsIn(`use ${key} now`)).toEqual([]);
  });

  it('tells how the server is, and ends with the keys', async () => {
    const stop = new AbortController();
    const states: string[] = [];
    const watching = drain(rig.services.assistant.status({}, stop.signal), ({ state }) => states.push(state));
    await rig.services.assistant.warmUp({}, signal);
    limit(60);
    let conversation = '';
    const failure = await failureOf(
      rig.ask(
        { text: quick },
        {
          onItem(item) {
            if (item.type === 'accepted') ({ conversation } = item);
            if (item.type === 'text') void rig.context.vault.lock();
          },
        },
      ),
    );
    expect(failure.code).toBe('refused');
    stop.abort();
    await watching;
    expect(conversation).not.toBe('');
    expect(states).toContain('ready');
    expect(states.at(-1)).toBe('idle');
  });
});

describe.skipIf(missingPacks)('asking with a pack whose weights are elsewhere', () => {
  it('says that every word leaves, encrypted', async () => {
    const packs = await makeTestPacks();
    const rig = await startAsking({ pack: packs.root('private') });
    try {
      const text = 'Tell ana@example.org that the cat sat.';
      const plan = await rig.services.plan.preview(draftOf({ text }), signal);
      expect(plan.pieces.map(({ route }) => route)).toEqual(['follows', 'sensitive', 'follows']);
      expect(plan.preview.routes.every(({ route }) => route === 'encrypted')).toBe(true);
      expect(plan.buckets.reduce((sum, { sent }) => sum + sent, 0)).toBe(plan.preview.wire.prompt.sent);
      expect(rig.reached).toEqual([]);
    } finally {
      await rig.close();
      await packs.remove();
    }
  });
});
