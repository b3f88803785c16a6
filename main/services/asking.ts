/** What asking needs, made once per process and shared by the services of plan, assistant and detection. */
import type { Services } from '../../app/contract/contract.ts';
import type { PackPlaces } from '../packs/list.ts';
import { createAnswerQueue } from './answer-queue.ts';
import type { AnswerQueue } from './answer-queue.ts';
import type { AppContext } from './app-context.ts';
import { createAssistantService } from './assistant-service.ts';
import { createDetectionService } from './detection-service.ts';
import { createDrafts } from './drafts.ts';
import type { Drafts } from './drafts.ts';
import { createModelKeeper } from './model-keeper.ts';
import type { ModelKeeper } from './model-keeper.ts';
import { createPlanService } from './plan-service.ts';
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
  readonly speeds: SpeedKeeper;
  readonly queue: AnswerQueue;
}

export interface Asking {
  readonly services: Pick<Services, 'assistant' | 'plan' | 'detection'>;
  /** For who removes or replaces a pack (`forget`). */
  readonly models: ModelKeeper;
  /** For who changes or removes a server (`drop`). */
  readonly sessions: SessionKeeper;
  /** Stops the answers under way, keeps what there is of them, and frees everything. */
  close(): Promise<void>;
}

export interface AskingOptions {
  readonly packs: PackPlaces;
  readonly servers: ServerDirectory;
}

export function createAsking(context: AppContext, { packs, servers }: AskingOptions): Asking {
  const models = createModelKeeper(packs);
  const sessions = createSessionKeeper(context, servers);
  const drafts = createDrafts({ context, models, servers });
  const speeds = createSpeedKeeper(context);
  const parts: AskingParts = { models, servers, sessions, drafts, speeds, queue: createAnswerQueue() };
  const assistant = createAssistantService(context, parts);
  return {
    services: {
      assistant: assistant.service,
      plan: createPlanService(context, parts),
      detection: createDetectionService(context, parts),
    },
    models,
    sessions,
    async close() {
      await assistant.close();
      await sessions.close();
      await models.close();
    },
  };
}
