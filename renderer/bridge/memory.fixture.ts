/**
 * The contract in memory, in place of `open-port.ts` under `vite --mode fixture`: for looking at the interface without
 * an engine. `?state=NAME` puts it into one of `states`; `?conversations=5000` sets how many there are.
 */
import { createDispatcher } from '../../app/contract/dispatch.ts';
import { pageContract } from '../../app/contract/contract.ts';
import type { Conversation, Summary } from '../../app/contract/conversations.ts';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { KeyState } from '../../app/contract/keys.ts';
import type { Implementation } from '../../app/contract/method.ts';
import type { PackFacts } from '../../app/contract/packs.ts';
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import { servePort, type MessagePort } from '../../app/contract/port.ts';
import type { Server } from '../../app/contract/servers.ts';
import { defaultSettings, type Settings } from '../../app/contract/settings.ts';
import { detect } from '../../app/detect/detect.ts';
import { applyEdits } from '../../app/detect/edits.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { FailureReason } from '../../app/failure/reasons.ts';
import { createConversations, createRecord } from './conversations.fixture.ts';

export const states = [
  'ready',
  'first-run',
  'first-run-no-keychain',
  'empty',
  'locked',
  'absent',
  'lost',
  'unavailable',
  'passphrase',
  'memory',
  'no-history',
  'server-down',
  'token-refused',
  'certificate-changed',
  'pack-missing',
  'pack-damaged',
  'detector-failed',
  'disk-full',
  'second-instance',
  'data-damaged',
  'data-foreign',
  'integrity-failed',
  'server-lost',
  'engine-died',
  'offline',
  'no-token',
  'slow',
] as const;
export type FixtureState = (typeof states)[number];

/** As `open-port.ts` has it. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';
}

const identity = `sha256:${'3fa91c07be4488d2'.repeat(4)}`;
const otherIdentity = `sha256:${'a07c55e1903bd64f'.repeat(4)}`;
const keyFacts = {
  state: 'found',
  profile: 'default',
  epoch: 3,
  created: '2026-08-02T09:14:00.000Z',
  lastUsed: '2026-11-21T08:40:00.000Z',
  keys: [
    {
      keyId: '9f3ac4771be05d28',
      scope: 'conversation c-0',
      epoch: 3,
      created: '2026-11-20T10:00:00.000Z',
      retired: null,
      servers: ['https://models.example:8443'],
    },
    {
      keyId: '1c07be4488d2a5e0',
      scope: 'conversation c-1',
      epoch: 2,
      created: '2026-10-02T10:00:00.000Z',
      retired: '2026-11-01T00:00:00.000Z',
      servers: [],
    },
  ],
} as const;

let world: ReturnType<typeof createWorld> | undefined;
let opened = 0;

export async function openPort(): Promise<MessagePort> {
  const query = new URLSearchParams(location.search);
  const state = (query.get('state') ?? 'ready') as FixtureState;
  opened += 1;
  if (state === 'no-token') throw new NoTokenError('no token');
  if (state === 'offline' && opened > 1) throw new Error('nobody there');
  world ??= createWorld(state, Number(query.get('conversations') ?? 24));
  const dispatcher = createDispatcher(pageContract, world.services, (error) => console.error(error));
  return memoryPort(dispatcher, state === 'offline' ? 600 : null);
}

/** Both ends of a port in one page, with clones as a real one makes them. */
function memoryPort(dispatcher: Parameters<typeof servePort>[1], closesAfter: number | null): MessagePort {
  const page: { hear: (message: unknown) => void; closed: () => void } = {
    hear: () => undefined,
    closed: () => undefined,
  };
  let hear: (message: unknown) => void = () => undefined;
  let closed: () => void = () => undefined;
  servePort(
    {
      post: (message) => queueMicrotask(() => page.hear(structuredClone(message))),
      onMessage: (listener) => (hear = listener),
      onClose: (listener) => (closed = listener),
    },
    dispatcher,
  );
  if (closesAfter !== null) {
    setTimeout(() => {
      closed();
      page.closed();
    }, closesAfter);
  }
  return {
    post: (message) => hear(structuredClone(message)),
    onMessage: (listener) => (page.hear = listener),
    onClose: (listener) => (page.closed = listener),
  };
}

function createWorld(state: FixtureState, count: number) {
  const firstRun = state.startsWith('first-run');
  let keyState = keysOf(state);
  let settings: Settings = {
    ...defaultSettings,
    welcomed: !firstRun,
    server: firstRun ? null : 's-1',
    history: { ...defaultSettings.history, enabled: state !== 'no-history' },
    detection: {
      ...defaultSettings.detection,
      words: [{ text: 'Projekt Falke', kind: 'custom', pattern: false }],
    },
  };
  const stored = () => keyState.state === 'found';
  let servers: Server[] = firstRun
    ? []
    : [
        {
          id: 's-1',
          name: 'models.example',
          address: 'https://models.example:8443',
          identity,
          hasToken: true,
          added: Date.parse('2026-08-02'),
          lastUsed: Date.now() - 60_000,
        },
        {
          id: 's-2',
          name: 'Ward server',
          address: 'https://10.0.4.20:8443',
          identity: otherIdentity,
          hasToken: false,
          added: Date.parse('2026-10-11'),
          lastUsed: null,
        },
      ];
  let packs: PackFacts[] = [
    {
      name: 'sotto-14m',
      bytes: 61_400_000,
      default: true,
      problem: state === 'pack-damaged' ? 'block.3.onnx does not match its hash.' : null,
      facts: {
        architecture: 'llama',
        layers: 6,
        hidden: 384,
        context: 2048,
        vocabulary: 8192,
        matrices: 24,
        local: true,
      },
    },
    {
      name: 'clinic-1b',
      bytes: 1_280_000_000,
      default: false,
      problem: null,
      facts: null,
    },
  ];
  if (state === 'pack-missing') packs = packs.filter((pack) => !pack.default);
  const conversations = createConversations(state === 'empty' || firstRun ? 0 : count);

  const feeds = {
    keys: feed<KeyState>(),
    settings: feed<null>(),
    servers: feed<null>(),
    window: feed<WindowEvent>(),
  };
  const changes = feed<
    { type: 'changed'; summary: Summary } | { type: 'removed'; id: string } | { type: 'reload' }
  >();
  const become = (next: KeyState) => {
    keyState = next;
    feeds.keys.emit(next);
    feeds.settings.emit(null);
    return next;
  };
  const settingsState = () => ({ settings: stored() ? settings : defaultSettings, stored: stored() });
  const requireOpen = () => {
    const reason: FailureReason | null =
      keyState.state === 'locked'
        ? 'keychain-locked'
        : keyState.state === 'absent'
          ? keyState.lost
            ? 'keys-lost'
            : 'keys-absent'
          : keyState.state === 'unavailable'
            ? 'keychain-unavailable'
            : keyState.state === 'passphrase'
              ? 'passphrase-needed'
              : null;
    if (reason) throw fail(reason);
    if (state === 'second-instance') throw fail('profile-in-use');
    if (state === 'data-damaged') throw fail('data-damaged');
    if (state === 'data-foreign') throw fail('data-foreign');
  };
  const summaryOf = ({ items: _items, damaged: _damaged, ...summary }: Conversation): Summary => summary;
  const find = (id: string) => {
    requireOpen();
    const found = conversations.get(id);
    if (!found) throw fail('not-found');
    return found;
  };
  const put = (conversation: Conversation) => {
    conversations.set(conversation.id, conversation);
    changes.emit({ type: 'changed', summary: summaryOf(conversation) });
    return summaryOf(conversation);
  };
  const serverFacts = (id: string | null) => {
    const server = servers.find((one) => one.id === (id ?? settings.server));
    return {
      id: server?.id ?? null,
      name: server?.name ?? 'This machine',
      address: server?.address ?? null,
      identity: server?.identity ?? null,
    };
  };
  const refuseToSend = () => {
    if (state === 'server-down') throw fail('server-unreachable');
    if (state === 'token-refused') throw fail('token-refused');
    if (state === 'certificate-changed') throw fail('certificate-changed');
    if (state === 'pack-missing') throw fail('pack-missing');
    if (state === 'pack-damaged') throw fail('pack-damaged');
    if (state === 'detector-failed') throw fail('detector-failed');
  };
  const planOf = (draft: Draft): AnswerPlan => {
    requireOpen();
    if (draft.text.trim() === '') throw fail('prompt-empty');
    if (state === 'pack-missing') throw fail('pack-missing');
    if (state === 'pack-damaged') throw fail('pack-damaged');
    if (state === 'detector-failed') throw fail('detector-failed');
    const marks = applyEdits(draft.text, detect(draft.text), draft.edits, new Map());
    const first = marks[0]?.start ?? draft.text.length;
    const words = (text: string) => text.split(/\s+/).filter(Boolean).length;
    const encrypted = words(draft.text.slice(first));
    const clear = words(draft.text.slice(0, first));
    const pieces: AnswerPlan['pieces'] = first > 0 ? [{ start: 0, end: first, route: 'local' }] : [];
    let at = first;
    for (const mark of marks) {
      if (mark.start > at) pieces.push({ start: at, end: mark.start, route: 'follows' });
      pieces.push({ start: mark.start, end: mark.end, route: 'sensitive' });
      at = mark.end;
    }
    if (at < draft.text.length) pieces.push({ start: at, end: draft.text.length, route: 'follows' });
    const prompt = { messages: encrypted > 0 ? 24 : 0, sent: encrypted * 9800, received: encrypted * 12_100 };
    return {
      id: 'ab'.repeat(32),
      preview: {
        policy: draft.policy ?? settings.policy,
        pack: 'sotto-14m',
        server: serverFacts(draft.server).name,
        spans: marks.map(({ start, end, kind, score, source }) => ({ start, end, kind, score, source })),
        rows: { prompt: encrypted + clear, clear, protected: encrypted, generated: 128 },
        wire: {
          ...prompt,
          keys: 3_120_000,
          prompt,
          per_token: { messages: 24, sent: 98_000, received: 121_000 },
        },
        routes: [
          { rows: 'clear', count: clear, route: 'local', matrices: 24 },
          { rows: 'protected', count: encrypted, route: 'encrypted', matrices: 24 },
          { rows: 'generated', count: 128, route: 'encrypted', matrices: 24 },
        ],
        scheme: { name: 'rlwe-bfv', n: 2048, log2_q: 54, log2_qp: 109, log2_t: 20, failure_log2: -131 },
      },
      buckets:
        encrypted > 0 ? [{ rows: 16, requests: 24, sent: prompt.sent, received: prompt.received }] : [],
      pieces,
      marks,
      earlier: { rows: 0, protected: 0, messagesLeftOut: 0 },
      estimate: { firstToken: 400, perToken: 31, answer: 2100 },
      sample: encrypted > 0 ? { hex: '9f3a77c2e1045bd8806ff391', bytes: 4412 } : null,
      server: serverFacts(draft.server),
    };
  };

  const services: Implementation<typeof pageContract> = {
    assistant: {
      async *send({ draft }, signal) {
        requireOpen();
        refuseToSend();
        const answerText =
          'Dear family,\n\nMaria is doing better. She can breathe more easily and has begun to eat again.\n\n- Visits are possible from **three to six**.\n- Please bring her glasses.\n\nIf anything is unclear, call the ward.';
        const at = Date.now();
        const existing = draft.conversation === null ? undefined : conversations.get(draft.conversation);
        const id = existing?.id ?? `n-${at.toString(36)}`;
        const answer = `${id}-${at.toString(36)}-a`;
        const question = `${id}-${at.toString(36)}-q`;
        const kept = settings.history.enabled;
        yield { type: 'accepted', conversation: id, question, answer, stored: kept };
        const kept_items = existing?.items ?? [];
        const cut = draft.replaces === null ? -1 : kept_items.findIndex((item) => item.id === draft.replaces);
        const before = cut < 0 ? kept_items : kept_items.slice(0, cut);
        const asked = {
          role: 'user' as const,
          id: question,
          time: at,
          text: draft.text,
          marks: applyEdits(draft.text, detect(draft.text), draft.edits, new Map()),
          edits: draft.edits,
        };
        const base = {
          id,
          title: existing?.title ?? draft.text.slice(0, 60).replace(/\s+/g, ' '),
          pinned: existing?.pinned ?? false,
          created: existing?.created ?? at,
          changed: at,
          stored: kept,
        };
        put({ ...base, messages: before.length + 1, items: [...before, asked] });
        const pace = state === 'slow' ? 8 : 1;
        yield { type: 'connecting', server: serverFacts(draft.server).name };
        await sleep(120 * pace, signal);
        for (let layer = 1; layer <= 6 && !signal.aborted; layer += 1) {
          yield { type: 'reading', step: layer, steps: 6, layer, layers: 6, rows: 16 };
          await sleep(60 * pace, signal);
        }
        let text = '';
        for (const word of answerText.match(/\S+\s*/g) ?? []) {
          if (signal.aborted) break;
          text += word;
          yield { type: 'text', text: word };
          await sleep(35 * pace, signal);
          if (text.length > 60 && state === 'integrity-failed') throw fail('integrity-failed');
          if (text.length > 60 && state === 'server-lost') throw fail('server-lost');
          if (text.length > 60 && state === 'engine-died') {
            feeds.window.emit({ type: 'restarted' });
            throw fail('engine-died');
          }
        }
        const made = createRecord(text, draft.text);
        const record = signal.aborted
          ? { ...made, receipt: { ...made.receipt, finish: 'cancelled' as const } }
          : made;
        put({
          ...base,
          changed: Date.now(),
          messages: before.length + 2,
          items: [
            ...before,
            asked,
            {
              role: 'assistant',
              id: answer,
              time: Date.now(),
              text,
              state: signal.aborted ? 'stopped' : 'complete',
              record,
            },
          ],
        });
        return { conversation: id, answer, record };
      },
      async warmUp() {
        refuseToSend();
        return {};
      },
      async *status(_, signal) {
        const { id, name } = serverFacts(null);
        const server = { id, name };
        const told = (at: 'ready' | 'unreachable' | 'refused' | 'certificate-changed') => ({
          state: at,
          server,
          latency: at === 'ready' ? 12 : null,
          message: null,
        });
        if (state === 'slow') yield { ...told('ready'), state: 'starting' as const, latency: null };
        else if (state === 'server-down') yield told('unreachable');
        else if (state === 'token-refused') yield told('refused');
        else if (state === 'certificate-changed') yield told('certificate-changed');
        else yield told('ready');
        await ended(signal);
        return {};
      },
    },
    detection: {
      async check({ text, edits }) {
        return { marks: applyEdits(text, detect(text), edits, new Map()) };
      },
      async always({ text, kind }) {
        const words = [...settings.detection.words, { text, kind, pattern: false }];
        settings = { ...settings, detection: { ...settings.detection, words } };
        feeds.settings.emit(null);
        return {};
      },
      async never({ text, confirmed }) {
        const allow = [...settings.detection.allow, { text, confirmed }];
        settings = { ...settings, detection: { ...settings.detection, allow } };
        feeds.settings.emit(null);
        return {};
      },
    },
    plan: {
      async preview(draft) {
        return planOf(draft);
      },
      async compare(draft) {
        const { preview } = planOf(draft);
        const { rows } = preview;
        const row = (policy: Settings['policy'], encrypted: number, exact: boolean) => ({
          policy,
          rows: { ...rows, protected: encrypted, clear: rows.prompt - encrypted },
          sent: encrypted * 9800,
          received: encrypted * 12_100,
          firstToken: 250 + encrypted * 9,
          exact,
        });
        return {
          policies: [
            row('everything', rows.prompt, true),
            row('exact', rows.protected, true),
            row('masked-attention', Math.min(rows.prompt, preview.spans.length * 3 + 1), false),
          ],
        };
      },
    },
    conversations: {
      async list({ before, limit }) {
        requireOpen();
        const all = [...conversations.values()].map(summaryOf).sort((a, b) => b.changed - a.changed);
        const rest = all.filter((one) => !one.pinned && (before === null || one.changed < before));
        const page = rest.slice(0, limit);
        return {
          conversations: [...(before === null ? all.filter((one) => one.pinned) : []), ...page],
          total: all.length,
          more: rest.length > page.length,
        };
      },
      async get({ id }) {
        return find(id);
      },
      async rename({ id, title }) {
        return put({ ...find(id), title });
      },
      async pin({ id, pinned }) {
        return put({ ...find(id), pinned });
      },
      async remove({ id }) {
        find(id);
        conversations.delete(id);
        changes.emit({ type: 'removed', id });
        return {};
      },
      async removeAll({ expected }) {
        requireOpen();
        if (expected !== conversations.size) throw fail('invalid-request');
        conversations.clear();
        changes.emit({ type: 'reload' });
        return { removed: expected };
      },
      async search({ query, limit }) {
        requireOpen();
        const words = query.toLowerCase().split(/\s+/).filter(Boolean);
        const hits = [];
        for (const conversation of conversations.values()) {
          for (const place of [null, ...conversation.items]) {
            const text = place === null ? conversation.title : place.text;
            const lower = text.toLowerCase();
            if (!words.every((word) => lower.includes(word))) continue;
            const at = Math.max(0, lower.indexOf(words[0] ?? '') - 40);
            const excerpt = text.slice(at, at + 160);
            const found = words.flatMap((word) => {
              const start = excerpt.toLowerCase().indexOf(word);
              return start < 0 ? [] : [{ start, end: start + word.length }];
            });
            hits.push({ conversation: summaryOf(conversation), message: place?.id ?? null, excerpt, found });
            break;
          }
        }
        return { hits: hits.slice(0, limit) };
      },
      async export({ ids, format }) {
        requireOpen();
        const chosen = [...conversations.values()].filter(({ id }) => ids === null || ids.includes(id));
        const text =
          format === 'json'
            ? JSON.stringify(chosen, null, 2)
            : chosen
                .map(({ title, items }) => `# ${title}\n\n${items.map((item) => item.text).join('\n\n')}\n`)
                .join('\n');
        return { name: `sotto.${format === 'json' ? 'json' : 'md'}`, text };
      },
      async import({ text }) {
        requireOpen();
        await sleep(700);
        try {
          const read: unknown = JSON.parse(text);
          if (!Array.isArray(read)) throw new Error('no list');
          changes.emit({ type: 'reload' });
          return { conversations: read.length, messages: read.length * 4, skipped: 1 };
        } catch {
          throw fail('import-unreadable');
        }
      },
      async forgetUnstored() {
        return {};
      },
      async setAside() {
        return { path: 'history.sqlite.2026-11-21' };
      },
      watch: changes.stream,
    },
    packs: {
      async list() {
        return { packs };
      },
      async offers() {
        return {
          packs: [
            { name: 'sotto-14m', bytes: 61_400_000, installed: true },
            { name: 'clinic-3b', bytes: 3_900_000_000, installed: false },
          ],
        };
      },
      async *installFromServer({ name }, signal) {
        const total = 61_400_000;
        for (let done = 0; done < total && !signal.aborted; done += total / 50) {
          yield { done: Math.floor(done), total };
          await sleep(120, signal);
        }
        return { name, bytes: total };
      },
      async *installFromFolder() {
        yield { done: 1, total: 1 };
        return { name: null, bytes: 0 };
      },
      async *verify() {
        for (let done = 0; done <= 10; done += 1) {
          yield { done: done * 6_140_000, total: 61_400_000 };
          await sleep(60);
        }
        return { files: 14, bytes: 61_400_000 };
      },
      async remove({ name }) {
        packs = packs.filter((pack) => pack.name !== name);
        return {};
      },
    },
    servers: {
      async list() {
        return { servers };
      },
      async probe({ address }) {
        await sleep(300);
        if (address.includes('down')) throw fail('server-unreachable');
        const { address: url, identity } = offer(address);
        return { address: url, identity };
      },
      async add({ name, address, identity: pinned, token }) {
        const server: Server = {
          id: `s-${servers.length + 1}`,
          name,
          address,
          identity: pinned,
          hasToken: token !== null,
          added: Date.now(),
          lastUsed: null,
        };
        servers = [...servers, server];
        feeds.servers.emit(null);
        return server;
      },
      async rename({ id, name }) {
        return changeServer(id, { name });
      },
      async setToken({ id, token }) {
        return changeServer(id, { hasToken: token !== null });
      },
      async test({ id }) {
        await sleep(200);
        if (state === 'server-down') throw fail('server-unreachable');
        return offer(servers.find((one) => one.id === id)?.address ?? 'http://127.0.0.1:7600');
      },
      async certificate() {
        return { pinned: identity, shown: otherIdentity };
      },
      async acceptCertificate({ id, identity: accepted }) {
        feeds.window.emit({
          type: 'confirmation',
          id: 'q-1',
          question: 'Trust the new certificate of models.example?',
          detail: accepted,
        });
        return changeServer(id, { identity: accepted });
      },
      async remove({ id }) {
        servers = servers.filter((one) => one.id !== id);
        feeds.servers.emit(null);
        return { keysDeleted: 2, keysPending: 0 };
      },
      async *watch(_, signal) {
        yield { servers };
        for await (const _change of feeds.servers.each(signal)) yield { servers };
        return {};
      },
    },
    keys: {
      async status() {
        return keyState;
      },
      async retry() {
        await sleep(400);
        return state === 'locked'
          ? become({ ...keyFacts, keys: [...keyFacts.keys].map(copyKey), storage: 'keychain' })
          : keyState;
      },
      async create({ storage }) {
        await sleep(500);
        return become({ ...keyFacts, keys: [], storage });
      },
      async unlock({ passphrase }) {
        await sleep(500);
        if (passphrase === 'wrong') throw fail('passphrase-wrong');
        return become({ ...keyFacts, keys: [], storage: 'passphrase' });
      },
      async lock() {
        return become({ state: 'passphrase' });
      },
      async rotate() {
        return {
          deleted: [{ server: 'https://models.example:8443', keyId: '9f3ac4771be05d28' }],
          pending: [],
        };
      },
      async revoke() {
        return { deleted: [], pending: [] };
      },
      async exportBackup() {
        await sleep(600);
        return { name: 'sotto-key.age', text: '-----BEGIN AGE ENCRYPTED FILE-----\n' };
      },
      async importBackup({ passphrase }) {
        await sleep(600);
        if (passphrase === 'wrong') throw fail('backup-unreadable');
        return become({ ...keyFacts, keys: [], storage: 'keychain' });
      },
      async *watch(_, signal) {
        yield keyState;
        for await (const next of feeds.keys.each(signal)) yield next;
        return {};
      },
    },
    settings: {
      async get() {
        return settingsState();
      },
      async set(patch) {
        requireOpen();
        if (state === 'disk-full') throw fail('disk-full');
        settings = { ...settings, ...patch } as Settings;
        feeds.settings.emit(null);
        return settingsState();
      },
      async reset() {
        settings = { ...defaultSettings, welcomed: true };
        feeds.settings.emit(null);
        return settingsState();
      },
      async *watch(_, signal) {
        yield settingsState();
        for await (const _change of feeds.settings.each(signal)) yield settingsState();
        return {};
      },
    },
    system: {
      async about() {
        return {
          version: '0.1.0',
          platform: 'linux x64',
          node: '24.21.0',
          engine: 'onnxruntime 1.30',
          profile: '~/.local/share/sotto/profiles/default',
          licences: [
            { name: 'svelte', version: '5.57.0', licence: 'MIT' },
            { name: 'valibot', version: '1.2.0', licence: 'MIT' },
          ],
        };
      },
      async ledger({ limit }) {
        const entries = Array.from({ length: 60 }, (_, index) => ({
          time: Date.now() - index * 4000,
          direction: index % 2 ? ('received' as const) : ('sent' as const),
          call: 'Multiply',
          purpose: 'products' as const,
          bytes: 4412 + (index % 3) * 12_000,
          peer: 'https://models.example:8443',
        }));
        return {
          entries: entries.slice(0, limit),
          matching: entries.length,
          totals: [
            {
              purpose: 'products',
              sentMessages: 30,
              sentBytes: 412_000,
              receivedMessages: 30,
              receivedBytes: 506_000,
            },
          ],
          since: Date.now() - 3_600_000,
        };
      },
      async *doctor() {
        yield { name: 'keychain', passed: true, detail: 'Secret Service, unlocked', next: null };
        await sleep(200);
        yield {
          name: 'server',
          passed: false,
          detail: 'does not answer',
          next: 'Start it, or choose another.',
        };
        return { passed: false };
      },
    },
    window: {
      async about() {
        return {
          host: 'electron',
          platform: 'linux',
          can: {
            tray: true,
            globalShortcut: true,
            startAtLogin: true,
            chooseFolder: true,
            readClipboard: true,
            update: true,
          },
        };
      },
      async *events(_, signal) {
        for await (const event of feeds.window.each(signal)) yield event;
        return {};
      },
      async confirm({ code }) {
        return { accepted: code === '123456' };
      },
      async readClipboard() {
        return { text: 'Please rewrite: Ana Souza, ana.souza@example.org, asked for leave.' };
      },
      async showQuickPrompt() {
        return {};
      },
      async hideQuickPrompt() {
        return {};
      },
      async continueInMain() {
        return {};
      },
      async openDocument() {
        return {};
      },
      async checkForUpdate() {
        return { version: null };
      },
    },
  };

  function changeServer(id: string, change: Partial<Server>): Server {
    const server = servers.find((one) => one.id === id);
    if (!server) throw fail('not-found');
    const changed = { ...server, ...change };
    servers = servers.map((one) => (one.id === id ? changed : one));
    feeds.servers.emit(null);
    return changed;
  }
  return { services };
}

function keysOf(state: FixtureState): KeyState {
  switch (state) {
    case 'first-run':
    case 'absent':
      return { state: 'absent', lost: false };
    case 'lost':
      return { state: 'absent', lost: true };
    case 'locked':
      return { state: 'locked', message: 'The keychain is locked.', next: 'Unlock it.' };
    case 'first-run-no-keychain':
    case 'unavailable':
      return { state: 'unavailable', message: 'No Secret Service answers.', next: 'Start one.' };
    case 'passphrase':
      return { state: 'passphrase' };
    default:
      return {
        ...keyFacts,
        keys: keyFacts.keys.map(copyKey),
        storage: state === 'memory' ? 'memory' : 'keychain',
      };
  }
}

function copyKey(key: (typeof keyFacts.keys)[number]) {
  return { ...key, servers: [...key.servers] };
}

function offer(address: string) {
  return {
    address,
    identity: address.startsWith('https') ? identity : null,
    version: 'sotto-server 0.1.0',
    scheme: 'rlwe-bfv n=2048',
    packs: ['sotto-14m'],
    latency: 12.4,
  };
}

function fail(reason: FailureReason): Failure {
  return new Failure('refused', `This is the fixture for ${reason}.`, { reason, next: 'Look at it.' });
}

/** Values for whoever listens. */
function feed<T>() {
  const readers = new Set<(value: T) => void>();
  async function* each(signal: AbortSignal): AsyncGenerator<T, void> {
    const waiting: T[] = [];
    let wake: () => void = () => undefined;
    const read = (value: T) => {
      waiting.push(value);
      wake();
    };
    readers.add(read);
    signal.addEventListener('abort', () => wake());
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as T;
        if (signal.aborted) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      readers.delete(read);
    }
  }
  return {
    each,
    emit(value: T) {
      for (const read of readers) read(value);
    },
    async *stream(_input: unknown, signal: AbortSignal): AsyncGenerator<T, object> {
      yield* each(signal);
      return {};
    },
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
