/** Asking: from a draft that was previewed to an answer on record. */
import type { assistant, AnswerRecord, Progress } from '../../app/contract/assistant.ts';
import type { OutputOf, ServiceImplementation } from '../../app/contract/method.ts';
import type { Draft } from '../../app/contract/plan.ts';
import type { Settings } from '../../app/contract/settings.ts';
import { Failure } from '../../app/failure/failure.ts';
import { makeReceipt } from '../../app/receipt/receipt.ts';
import type { Receipt } from '../../app/receipt/receipt.ts';
import { evaluationKeyBytes } from '../attention/throw-away.ts';
import type { GenerateEvent, Reading } from '../inference/engine.ts';
import { checkSampling } from '../inference/sampler.ts';
import type { Sampling } from '../inference/sampler.ts';
import type { FinishedAnswer, Store } from '../store/store.ts';
import { createAnswerRecorder } from './answer-recorder.ts';
import type { Recorded } from './answer-recorder.ts';
import type { AppContext } from './app-context.ts';
import type { AskingParts } from './asking.ts';
import type { PlannedDraft } from './drafts.ts';
import type { HeldModel } from './model-keeper.ts';
import { feed } from './feed.ts';
import { packScheme } from './pack-scheme.ts';
import { createServerStatus } from './server-status.ts';
import { originOf } from './reading-keeper.ts';
import type { ReadingOrigin } from './reading-keeper.ts';
import type { OpenSession } from './session-keeper.ts';

/** Where an answer is kept. */
interface Place {
  readonly store: Store;
  readonly conversation: string;
  readonly question: string;
  readonly answer: string;
  readonly stored: boolean;
}

/** What is to be answered, as it was when it was sent. */
interface Asked extends PlannedDraft {
  readonly sampling: Sampling;
}

/** An answer under way. */
interface Run {
  /** Ends it for another reason than the user's wish; the reason is a Failure. */
  readonly end: AbortController;
  readonly done: Promise<unknown>;
}

/** An answer, and what it has read. */
interface Answered {
  readonly record: AnswerRecord;
  readonly reading: Reading | undefined;
}

type Result = OutputOf<typeof assistant.send>;

/** Milliseconds between two writings of an unfinished answer: what a crash may cost of it. */
const saveEveryMs = 2_000;

export function createAssistantService(
  context: AppContext,
  parts: AskingParts,
): { readonly service: ServiceImplementation<typeof assistant>; close(): Promise<void> } {
  const { drafts, models, servers, sessions, readings, speeds, queue } = parts;
  const running = new Map<string, Run>();
  const status = createServerStatus({
    context,
    servers,
    sessions,
    models,
    isBusy: () => running.size > 0,
  });
  const stopWatching = context.vault.onChange((state) => {
    if (state.state === 'found') return;
    const locked = new Failure('refused', 'The keys were locked. What was answered until then is kept.', {
      next: 'Unlock them, and ask again.',
    });
    for (const { end } of running.values()) end.abort(locked);
  });

  /** Everything after the question is on record. */
  const answerFor = async (
    planned: Asked,
    place: Place,
    emit: (item: Progress) => void,
    stop: AbortSignal,
  ): Promise<Answered> => {
    const { prepared, opened, server, sampling } = planned;
    const turn = await queue.turn(stop);
    let held: HeldModel | undefined;
    let open: OpenSession | undefined;
    let keysSent = 0;
    try {
      // While it waited, what the plan keeps may have come into doubt.
      if (
        prepared.reading !== null &&
        readings.find(place.conversation, origin(planned)) !== prepared.reading
      )
        throw planChanged();
      if (!models.isLoaded(opened)) emit({ type: 'loading', pack: opened.pack.name });
      held = await models.hold(opened, stop);
      open = await sessions.open({
        pack: opened.pack,
        server,
        scope: place.conversation,
        signal: stop,
        onConnecting: () => emit({ type: 'connecting', server: server.name }),
        onKeys(sent, total) {
          keysSent = sent;
          emit({ type: 'keys', sent, total });
        },
      });
      const { session, keyBytes } = open;
      const recorder = createAnswerRecorder(prepared.plan, context.ledger);
      const kept = createKept(place);
      let reading: Reading | undefined;
      let events: AsyncGenerator<GenerateEvent, Receipt> | undefined;
      try {
        const { answer } = await import('./assistant.ts');
        events = answer({
          prepared,
          model: held.model,
          remote: { session, ledger: context.ledger, keyBytes },
          sampling,
          stop: [],
          signal: stop,
          recorder,
          onReading: (read) => (reading = read),
        });
        for (;;) {
          const { done, value } = await events.next();
          if (done) {
            const keyId = Buffer.from(session.keyId).toString('hex');
            const record = recordOf(value, recorder.recorded(), keyId);
            remember(planned, place, value, recorder.recorded());
            return { record, reading };
          }
          if (value.type === 'prefill') {
            const { step, steps, layer, layers, rows } = value;
            emit({ type: 'reading', step, steps, layer, layers, rows });
          } else if (value.type === 'discarded') {
            emit(value);
          } else if (value.text !== '') {
            kept.add(value.text);
            emit({ type: 'text', text: value.text });
          }
        }
      } catch (error) {
        // Also where it was not the answer that failed: it still holds the stream to the server.
        await events?.throw(error).catch(() => undefined);
        throw new Broken(error, kept.text(), recorder.recorded().ciphertext !== null, keysSent);
      } finally {
        recorder.close();
      }
    } catch (error) {
      throw error instanceof Broken ? error : new Broken(error, '', false, keysSent);
    } finally {
      open?.release();
      held?.release();
      turn.done();
    }
  };

  const remember = (planned: PlannedDraft, place: Place, receipt: Receipt, { steps }: Recorded) => {
    const { tokens, finish, time } = receipt;
    // The answer's end is a token too that is computed, and not written.
    const computed = finish === 'stop' ? tokens.length : tokens.length - 1;
    const perToken =
      time.first_token_ms === null || computed < 1 ? null : (time.total_ms - time.first_token_ms) / computed;
    speeds.add(
      { pack: planned.opened.pack.id, server: planned.server.id },
      {
        policy: receipt.policy,
        steps,
        perToken,
        length: finish === 'cancelled' ? null : tokens.length,
      },
      place.stored,
    );
  };

  /** Takes the task to its end on record, whatever that is. */
  const ask = async (
    planned: Asked,
    place: Place,
    emit: (item: Progress) => void,
    user: AbortSignal,
    end: AbortSignal,
  ): Promise<Result> => {
    const stop = AbortSignal.any([user, end, context.signal]);
    const finish = (record: AnswerRecord): Result => {
      const { text, finish: how } = record.receipt;
      keep(place, { text, state: how === 'cancelled' ? 'stopped' : 'complete', record });
      return { conversation: place.conversation, answer: place.answer, record };
    };
    try {
      const { record, reading } = await answerFor(planned, place, emit, stop);
      if (record.receipt.finish === 'cancelled' && !user.aborted) {
        throw new Broken(endedBy(end), record.receipt.text, true, record.receipt.wire.keys);
      }
      // Before the answer is on record, which lets the page ask for the next plan.
      if (reading) readings.keep(place.conversation, origin(planned), reading);
      return finish(record);
    } catch (thrown) {
      const broken = thrown instanceof Broken ? thrown : new Broken(thrown, '', false, 0);
      const { text, sent, keys } = broken;
      const { cause } = broken;
      // Its key goes with a conversation that is deleted, which an answer may notice first.
      const isStop =
        stop.aborted && cause instanceof Failure && (cause.code === 'cancelled' || cause.code === 'refused');
      if (isStop && user.aborted) return finish(stoppedRecord(planned, text, keys));
      const error = isStop ? endedBy(end) : cause;
      const isWrong = error instanceof Failure && error.code === 'integrity';
      // What else was computed with this server is in doubt too: at once, before the next answer begins.
      if (isWrong) readings.clear();
      if (error instanceof Failure && error.code !== 'pack') await sessions.drop(planned.server.id);
      try {
        keep(place, {
          text: isWrong ? '' : text,
          state: isWrong ? 'discarded' : 'interrupted',
          record: null,
        });
      } catch (error) {
        // What went wrong first is what the user is told; the row says `interrupted` already.
        if (!(error instanceof Failure)) throw error;
      }
      throw told(error, sent);
    }
  };

  return {
    service: {
      async *send({ draft, plan }, signal) {
        // Before anything is decided: without keys and settings there is nothing to decide by.
        context.vault.require();
        const sampling = samplingOf(context.settings.require());
        checkSampling(sampling);
        const planned = await drafts.plan(draft, signal);
        if (planned.id !== plan) throw planChanged();
        if (draft.conversation !== null && running.has(draft.conversation)) {
          throw new Failure('refused', 'This conversation is being answered. Nothing was sent.', {
            next: 'Wait for the answer, or stop it.',
            reason: 'answer-running',
          });
        }
        const place = accept(context, draft, planned);
        const { conversation, question, answer: answerId, stored } = place;
        const end = new AbortController();
        const unwatch = endWithConversation(place, end);
        return yield* feed<Progress, Result>((emit) => {
          emit({ type: 'accepted', conversation, question, answer: answerId, stored });
          const done = ask({ ...planned, sampling }, place, emit, signal, end.signal).finally(() => {
            unwatch();
            running.delete(conversation);
          });
          running.set(conversation, { end, done });
          return done;
        });
      },
      async warmUp(_, signal) {
        const { pack, server } = context.settings.current();
        const opened = await models.open(pack, signal);
        const loading = models.hold(opened, signal).then((held) => held.release());
        await Promise.all([loading, evaluationKeyBytes()]);
        // An answer under way has its server, which another pack's might take the place of.
        if (!context.vault.current() || running.size > 0) return {};
        await sessions.reach(await servers.describe(server), opened.pack, signal);
        return {};
      },
      async *status(_, signal) {
        yield* status.watch(signal);
        return {};
      },
    },
    async close() {
      stopWatching();
      status.close();
      const ended = new Failure('cancelled', 'Sotto ended. What was answered until then is kept.');
      const all = [...running.values()];
      for (const { end } of all) end.abort(ended);
      await Promise.allSettled(all.map(({ done }) => done));
    },
  };
}

/** What was thrown while an answer was made, and what there was of it. */
class Broken extends Error {
  readonly text: string;
  /** Whether anything encrypted had left by then. */
  readonly sent: boolean;
  /** Bytes of evaluation keys that had. */
  readonly keys: number;

  constructor(cause: unknown, text: string, sent: boolean, keys: number) {
    super('an answer broke off', { cause });
    this.text = text;
    this.sent = sent;
    this.keys = keys;
  }
}

function planChanged(): Failure {
  return new Failure(
    'refused',
    'What would leave this machine has changed since it was shown. Nothing was sent.',
    { next: 'Look at it again, and send.', reason: 'plan-changed' },
  );
}

function origin({ prepared, server }: PlannedDraft): ReadingOrigin {
  return originOf(prepared.pack, server);
}

/** Puts the question on record, and the answer as one that did not end. */
function accept(context: AppContext, draft: Draft, { marks }: PlannedDraft): Place {
  const store = context.store.require();
  const made =
    draft.conversation === null
      ? store.createConversation({
          firstQuestion: draft.text,
          stored: context.settings.current().history.enabled,
        }).id
      : null;
  const conversation = made ?? draft.conversation ?? '';
  try {
    const question = store.addQuestion(conversation, {
      text: draft.text,
      marks: [...marks],
      edits: draft.edits,
      replaces: draft.replaces,
    });
    const { id } = store.addAnswer(conversation);
    const stored = store.summary(conversation)?.stored ?? false;
    return { store, conversation, question: question.id, answer: id, stored };
  } catch (error) {
    if (made !== null) store.remove(made);
    throw error;
  }
}

/** An answer belongs to its conversation: when that is deleted, it ends. */
function endWithConversation({ store, conversation }: Place, end: AbortController): () => void {
  return store.subscribe((change) => {
    const gone =
      (change.type === 'removed' && change.id === conversation) ||
      (change.type === 'reload' && store.summary(conversation) === undefined);
    if (gone) end.abort(new Failure('cancelled', 'The conversation was deleted; its answer was stopped.'));
  });
}

function keep({ store, conversation, answer: id }: Place, finished: FinishedAnswer): void {
  if (store.summary(conversation) === undefined) return;
  store.updateAnswer(conversation, id, finished);
}

/** Text so far, written down now and then. */
function createKept(place: Place) {
  let text = '';
  let saved = Date.now();
  return {
    add(more: string) {
      text += more;
      if (Date.now() - saved < saveEveryMs) return;
      saved = Date.now();
      keep(place, { text, state: 'interrupted', record: null });
    },
    text: () => text,
  };
}

function samplingOf({ sampling }: Settings): Sampling {
  const { temperature, topK, topP, seed } = sampling;
  return { temperature, topK, topP, ...(seed === null ? {} : { seed }) };
}

function recordOf(receipt: Receipt, recorded: Recorded, keyId: string | null): AnswerRecord {
  const { buckets, ciphertext } = recorded;
  return {
    receipt: {
      ...receipt,
      tokens: [...receipt.tokens],
      spans: [...receipt.spans],
      layers: [...receipt.layers],
    },
    buckets,
    keyId,
    ciphertext,
  };
}

/** Of an answer that the user stopped before it began. @param keys bytes of evaluation keys that had left */
function stoppedRecord({ prepared, server }: PlannedDraft, text: string, keys: number): AnswerRecord {
  const receipt = makeReceipt({
    plan: prepared.plan,
    spans: prepared.spans,
    pack: prepared.pack.name,
    answer: { text, tokens: [], finish: 'cancelled' },
    measured: {
      wire: { sent: 0, received: 0, messages: 0, keys },
      time: { total_ms: 0, first_token_ms: null, server_ms: 0, crypto_ms: 0, local_ms: 0, network_ms: 0 },
      verified: { products: 0, failed: 0 },
      layers: [],
    },
    remote: {
      scheme: packScheme(prepared.pack),
      server: { address: server.address ?? server.name, identity: server.identity },
    },
  });
  return recordOf(receipt, { buckets: [], ciphertext: null, steps: [] }, null);
}

/** Why an answer was ended by something else than the user. */
function endedBy(end: AbortSignal): Failure {
  const reason: unknown = end.reason;
  if (reason instanceof Failure) return reason;
  return new Failure('cancelled', 'Sotto ended. What was answered until then is kept.');
}

/** The failure as the page is told it. */
function told(error: unknown, sent: boolean): unknown {
  if (!(error instanceof Failure)) return error;
  const { code, message, next, reason, facts } = error;
  if (code === 'integrity' && reason === undefined) {
    return new Failure(code, message, {
      ...(next === undefined ? {} : { next }),
      facts,
      cause: error,
      reason: 'integrity-failed',
    });
  }
  if (code === 'server' && sent && (reason === undefined || reason === 'server-unreachable')) {
    return new Failure(code, 'The server was lost in the middle of the answer. What was written until then is kept.', {
      next: 'Ask again when it can be reached.',
      facts,
      cause: error,
      reason: 'server-lost',
    }); // prettier-ignore
  }
  return error;
}
