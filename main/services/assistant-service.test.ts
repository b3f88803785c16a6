/** Sending, with an answer that a test writes: no model, no server. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Progress } from '../../app/contract/assistant.ts';
import { defaultSettings } from '../../app/contract/settings.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { GenerateEvent } from '../inference/engine.ts';
import { createAnswerQueue } from './answer-queue.ts';
import type { AskingParts } from './asking.ts';
import { createAssistantService } from './assistant-service.ts';
import type { PlannedDraft } from './drafts.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';

/** What the answer gives, and whether what it holds open was closed. */
const { script } = vi.hoisted(() => ({
  script: { events: [] as (() => GenerateEvent)[], closed: false },
}));
vi.mock(import('./assistant.ts'), () => ({
  async *answer() {
    try {
      for (const event of script.events) yield await Promise.resolve(event());
      throw new Error('not in this test');
    } finally {
      script.closed = true;
    }
  },
}));

const planned = {
  id: 'plan',
  prepared: { plan: { steps: [] }, pack: { id: 'pack', name: 'pack' }, reading: null, spans: [] },
  marks: [],
  opened: { pack: { id: 'pack', name: 'pack' } },
  server: { id: null, name: 'bundled', address: null, identity: null },
} as unknown as PlannedDraft;
const parts = {
  drafts: { plan: () => Promise.resolve(planned) },
  models: {
    isLoaded: () => true,
    hold: () => Promise.resolve({ model: {}, release: () => undefined }),
  },
  sessions: {
    open: () =>
      Promise.resolve({ session: { keyId: new Uint8Array() }, keyBytes: 0, release: () => undefined }),
    drop: () => Promise.resolve(),
    onConnection: () => () => undefined,
  },
  readings: { find: () => undefined, keep: () => undefined, clear: () => undefined },
  speeds: { add: () => undefined },
  queue: createAnswerQueue(),
  servers: {},
} as unknown as AskingParts;

let context: ProfileContext;
let assistant: ReturnType<typeof createAssistantService>;
beforeEach(async () => {
  context = await openProfileContext();
  await context.vault.create({ storage: 'keychain', replace: false });
  assistant = createAssistantService(context, parts);
  script.closed = false;
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await assistant.close();
  await context.end();
});

async function send(): Promise<Progress[]> {
  const draft = { text: 'Hello', conversation: null, replaces: null, policy: null, pack: null, server: null };
  const items: Progress[] = [];
  const stream = assistant.service.send(
    { draft: { ...draft, edits: { marked: [], unmarked: [] } }, plan: 'plan' },
    context.signal,
  );
  for await (const item of stream) items.push(item);
  return items;
}
const token = (text: string): GenerateEvent => ({ type: 'token', id: 1, text });

it('closes what an answer holds open when the answer cannot be written down', async () => {
  const store = context.store.require();
  vi.spyOn(store, 'updateAnswer').mockImplementation(() => {
    throw new Failure('pack', 'The disk is full.', { reason: 'disk-full' });
  });
  vi.useFakeTimers({ toFake: ['Date'] });
  script.events = [
    () => token('On'),
    () => {
      vi.setSystemTime(Date.now() + 60_000);
      return token(' and on');
    },
    () => token(' and on'),
  ];
  await expect(send()).rejects.toMatchObject({ reason: 'disk-full' });
  expect(script.closed).toBe(true);
});

it('puts nothing on record when the answer could not be sampled', async () => {
  const sampling = { ...defaultSettings.sampling, topP: 0 };
  vi.spyOn(context.settings, 'require').mockReturnValue({ ...defaultSettings, sampling });
  await expect(send()).rejects.toMatchObject({ code: 'usage' });
  expect(context.store.require().ids()).toEqual([]);
});
