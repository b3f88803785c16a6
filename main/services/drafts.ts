/**
 * From a draft to the plan that sending executes. `plan.preview` shows it, `assistant.send` makes it again and refuses
 * when it is another one, `detection.check` is its first part: there is no second path.
 */
import { createHash } from 'node:crypto';
import type { Draft } from '../../app/contract/plan.ts';
import type { Conversation, Message } from '../../app/contract/conversations.ts';
import type { Edits } from '../../app/contract/shapes.ts';
import { detectOptionsOf } from '../../app/detect/detect-settings.ts';
import { createDetector } from '../../app/detect/detect.ts';
import type { DetectOptions, Detector } from '../../app/detect/detect.ts';
import { applyEdits, editsFit, entitiesOf, wordsOf } from '../../app/detect/edits.ts';
import type { KnownEntities } from '../../app/detect/edits.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import type { OwnWord } from '../../app/detect/own-words.ts';
import type { Mark } from '../../app/detect/span.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { Policy } from '../../app/plan/policy.ts';
import type { TextRange } from '../../app/plan/row.ts';
import { forgetTexts as forgetDetected, openDetectionModel } from '../detection/model.ts';
import type { EarlierMessage } from '../inference/prompt.ts';
import type { AppContext } from './app-context.ts';
import type { ModelKeeper, OpenedPack } from './model-keeper.ts';
import { originOf } from './reading-keeper.ts';
import type { ReadingKeeper } from './reading-keeper.ts';
import { checked, checkLength, planQuestion } from './question.ts';
import type { PreparedQuestion } from './question.ts';
import type { KnownServer, ServerDirectory } from './server-directory.ts';
import { createTextMemory } from './text-memory.ts';

export interface PlannedDraft {
  /** SHA-256 of everything that decides what is sent, lower-case hex. */
  readonly id: string;
  readonly prepared: PreparedQuestion;
  readonly marks: readonly Mark[];
  readonly opened: OpenedPack;
  readonly server: KnownServer;
}

export interface Drafts {
  /** The marks of a text with the user's edits, as sending uses them. */
  marksOf(text: string, edits: Edits, conversation: string | null): Promise<readonly Mark[]>;
  /** @throws Failure as `planQuestion`, `ModelKeeper.open`, `ServerDirectory.describe`; `not-found`. */
  plan(draft: Draft, signal: AbortSignal, policy?: Policy): Promise<PlannedDraft>;
}

type Question = Extract<Message, { role: 'user' }>;

export interface DraftParts {
  readonly context: Pick<AppContext, 'store' | 'settings' | 'vault' | 'signal'>;
  readonly models: ModelKeeper;
  readonly servers: ServerDirectory;
  readonly readings: Pick<ReadingKeeper, 'find'>;
  /** Another model of detection than the installation's, for tests. */
  readonly openModel?: () => Promise<Reader>;
  /** Makes that model forget. */
  readonly forgetTexts?: () => void;
}

export function createDrafts({
  context,
  models,
  servers,
  readings,
  openModel = openDetectionModel,
  forgetTexts = forgetDetected,
}: DraftParts): Drafts {
  const detectors = createDetectors();
  const memory = createTextMemory(context, () => {
    detectors.forget();
    forgetTexts();
  });
  /** The defaults while the store is not open: a preview is possible then, sending is not. */
  const settingsNow = () =>
    context.store.current() ? context.settings.require() : context.settings.current();
  const detectorFor = (words: readonly OwnWord[]) =>
    detectors.of(detectOptionsOf(settingsNow().detection, words));

  const detected = async (text: string, words: readonly OwnWord[]) => {
    const detector = detectorFor(words);
    try {
      return await detector.detectWith(await openModel(), text);
    } finally {
      memory.used();
    }
  };

  /**
   * @param words what was marked by hand in any question of the conversation, also in those that a question asked anew
   *   takes the place of: what the user marked once stays protected.
   */
  const marksWith = async (
    text: string,
    edits: Edits,
    words: readonly OwnWord[],
    entities?: KnownEntities,
  ) => {
    if (!editsFit(text, edits)) {
      throw new Failure('usage', 'The edits are those of another text. Nothing was sent.', {
        reason: 'invalid-request',
      });
    }
    return checked(async () => applyEdits(text, await detected(text, words), edits, entities));
  };

  /** A question's marks as they were when it was asked, and what would be marked today. */
  const spansOf = async ({ text, marks, edits }: Question, words: readonly OwnWord[]) => [
    ...marks,
    ...(editsFit(text, edits)
      ? await marksWith(text, edits, words)
      : await checked(() => detected(text, words))),
  ];

  return {
    async marksOf(text, edits, conversation) {
      const items = conversation === null ? [] : context.store.require().get(conversation).items;
      const questions = questionsIn(items);
      return marksWith(text, edits, wordsOf(questions), entitiesOf(questions));
    },
    async plan(draft, signal, policy) {
      const settings = settingsNow();
      const conversation =
        draft.conversation === null ? null : context.store.require().get(draft.conversation);
      const items = itemsBefore(conversation, draft.replaces);
      const opened = await models.open(draft.pack ?? settings.pack, signal);
      const server = await servers.describe(draft.server ?? settings.server);
      checkLength(opened.pack, opened.tokenizer, draft.text);
      const words = wordsOf(questionsIn(conversation?.items ?? []));
      const entities = entitiesOf(questionsIn(items));
      const marks = await marksWith(draft.text, draft.edits, words, entities);
      const { maxTokens } = settings.sampling;
      const prepared = await planQuestion(opened.pack, opened.tokenizer, {
        text: draft.text,
        policy: policy ?? draft.policy ?? settings.policy,
        marks,
        earlier: earlierMessages(items, (question) => spansOf(question, words)),
        reading: readings.find(draft.conversation, originOf(opened.pack, server)),
        maxNewTokensOrRoom: maxTokens ?? opened.pack.model.context,
      });
      return { id: planId(prepared, draft, items, server), prepared, marks, opened, server };
    },
  };
}

/** Detectors by their options, the latest few: making one compiles the user's words. */
function createDetectors() {
  const kept = new Map<string, Detector>();
  return {
    of(options: DetectOptions): Detector {
      const name = JSON.stringify(options);
      const detector = kept.get(name) ?? createDetector(options);
      kept.delete(name);
      kept.set(name, detector);
      for (const oldest of kept.keys()) {
        if (kept.size <= 8) break;
        kept.delete(oldest);
      }
      return detector;
    },
    forget: () => kept.clear(),
  };
}

/** What comes before the question: all, or what stands before the one that is asked anew. */
function itemsBefore(conversation: Conversation | null, replaces: string | null): readonly Message[] {
  if (replaces === null) return conversation?.items ?? [];
  const items = conversation?.items ?? [];
  const at = items.findIndex(({ id }) => id === replaces);
  if (items[at]?.role === 'user') return items.slice(0, at);
  throw new Failure('usage', 'The question to ask anew is not in this conversation. Nothing was sent.', {
    reason: 'not-found',
  });
}

function questionsIn(items: readonly Message[]): readonly Question[] {
  return items.filter((item) => item.role === 'user');
}

/**
 * Questions with the answers that they got. A discarded answer is not read, nor a question without one. A question's
 * spans are looked for when they are asked for: most of a long conversation does not fit.
 */
function earlierMessages(
  items: readonly Message[],
  spansOf: (question: Question) => Promise<readonly TextRange[]>,
): readonly EarlierMessage[] {
  const earlier: EarlierMessage[] = [];
  let open: EarlierMessage | undefined;
  for (const item of items) {
    if (item.role === 'user') {
      open = { role: 'user', text: item.text, spans: () => spansOf(item) };
    } else if (open && item.text !== '' && item.state !== 'discarded') {
      const tokens = item.record?.receipt.tokens;
      const spans = () => Promise.resolve([]);
      earlier.push(open, { role: 'assistant', text: item.text, ...(tokens && { tokens }), spans });
      open = undefined;
    }
  }
  return earlier;
}

/** Names the plan by what decides about it: see `answerPlan.id` of the contract. */
function planId(
  { plan, pack }: PreparedQuestion,
  draft: Draft,
  items: readonly Message[],
  server: KnownServer,
): string {
  const facts = {
    version: 1,
    pack: pack.id,
    policy: plan.policy,
    tokens: plan.rows.map((row) => row.token),
    protected: plan.rows.map((row) => (row.protected ? 1 : 0)).join(''),
    kept: plan.kept,
    steps: plan.steps.map(({ protected: isProtected, positions }) => [isProtected, positions.length]),
    maxNewTokens: plan.maxNewTokens,
    // The bundled server has another port each time, and tells its certificate itself.
    server: server.id === null ? null : [server.id, server.address, server.identity],
    conversation: draft.conversation,
    replaces: draft.replaces,
    after: items.at(-1)?.id ?? null,
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
