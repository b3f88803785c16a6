/**
 * What asking needs, made once per process and shared by the services of plan, assistant and detection. What reads and
 * plans a text is loaded with the first one: the rules of detection alone take as long as all that a start shows.
 */
import type { Services } from '../../app/contract/contract.ts';
import type { PackPlaces } from '../packs/list.ts';
import { createAnswerQueue } from './answer-queue.ts';
import type { AnswerQueue } from './answer-queue.ts';
import type { AppContext } from './app-context.ts';
import { createAssistantService } from './assistant-service.ts';
import { dropKeysWithConversations } from './conversation-keys.ts';
import type { Drafts } from './drafts.ts';
import { createModelKeeper } from './model-keeper.ts';
import type { ModelKeeper } from './model-keeper.ts';
import { createReadingKeeper } from './reading-keeper.ts';
import type { ReadingKeeper } from './reading-keeper.ts';
import type { ServerDirectory } from './server-directory.ts';
import { createSessionKeeper } from './session-keeper.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { createSpeedKeeper } from './speed-keeper.ts';
import type { SpeedKeeper } from './speed-keeper.ts';

export interface AskingParts {
  readonly models: ModelKeeper;
  readonly servers: ServerDirectory;
  readonly sessions: SessionKeeper;
  readonly drafts: Drafts;
  readonly readings: ReadingKeeper;
  readonly speeds: SpeedKeeper;
  readonly queue: AnswerQueue;
}

export interface Asking {
  readonly services: Pick<Services, 'assistant' | 'plan' | 'detection'>;
  /** For who removes or replaces a pack (`forget`). */
  readonly models: ModelKeeper;
  /** For who changes or removes a server (`drop`). */
  readonly sessions: SessionKeeper;
  /** For who computes with a server beside the answers. */
  readonly queue: AnswerQueue;
  /** Stops the answers under way, keeps what there is of them, and frees everything. */
  close(): Promise<void>;
}

export interface AskingOptions {
  readonly packs: PackPlaces;
  readonly servers: ServerDirectory;
}

/** Behind the first picture, before the first text: milliseconds. */
const loadedAfterMs = 2000;

export function createAsking(context: AppContext, { packs, servers }: AskingOptions): Asking {
  const models = createModelKeeper(packs);
  const sessions = createSessionKeeper(context, servers);
  const readings = createReadingKeeper(context);
  const openDrafts = once(async () =>
    (await import('./drafts.ts')).createDrafts({ context, models, servers, readings }),
  );
  const drafts: Drafts = {
    marksOf: async (...asked) => (await openDrafts()).marksOf(...asked),
    plan: async (...asked) => (await openDrafts()).plan(...asked),
  };
  const speeds = createSpeedKeeper(context);
  const queue = createAnswerQueue();
  const parts: AskingParts = { models, servers, sessions, drafts, readings, speeds, queue };
  const assistant = createAssistantService(context, parts);
  const stopDropping = dropKeysWithConversations(context, sessions);
  const plan = once(async () => (await import('./plan-service.ts')).createPlanService(context, parts));
  const detection = once(async () =>
    (await import('./detection-service.ts')).createDetectionService(context, parts),
  );
  // What fails is said to who asks.
  const loading = setTimeout(
    () => void Promise.all([openDrafts(), plan()]).catch(() => undefined),
    loadedAfterMs,
  ).unref();
  return {
    services: {
      assistant: assistant.service,
      plan: {
        preview: async (...asked) => (await plan()).preview(...asked),
        compare: async (...asked) => (await plan()).compare(...asked),
      },
      detection: {
        check: async (...asked) => (await detection()).check(...asked),
        always: async (...asked) => (await detection()).always(...asked),
        never: async (...asked) => (await detection()).never(...asked),
      },
    },
    models,
    sessions,
    queue,
    async close() {
      clearTimeout(loading);
      await assistant.close();
      stopDropping();
      readings.close();
      await sessions.close();
      await models.close();
    },
  };
}

/** `make`, when it is first called. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
