/** A whole answer of the default pack by the bundled server: what the demo does, measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mark } from '../../app/detect/span.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import type { Reading } from '../../main/inference/engine.ts';
import { loadModel } from '../../main/inference/model.ts';
import type { EarlierMessage } from '../../main/inference/prompt.ts';
import { defaultSampling } from '../../main/inference/sampler.ts';
import { openPack } from '../../main/packs/pack.ts';
import { answer } from '../../main/services/assistant.ts';
import { openEncryptedSession } from '../../main/services/encrypted-session.ts';
import { packPlaces } from '../../main/services/pack-places.ts';
import { openProfile } from '../../main/services/profile.ts';
import { detectSpans, planQuestion, previewOf } from '../../main/services/question.ts';
import type { MarkedQuestion } from '../../main/services/question.ts';
import { reachServer } from '../../main/services/server-choice.ts';
import { foundVault, openVault } from '../../main/vault/open-vault.ts';
import type { Receipt } from '../../app/receipt/receipt.ts';
import { constant, row } from './row.ts';
import type { Benchmark, Row } from './row.ts';

const name = 'Maria Keller';
const text = `Please book a table for ${name} at seven, phone 415-555-0132.`;
const nextText = 'Make it eight, and ask for a quiet corner.';
const tokens = 24;

export const answer24: Benchmark = {
  name: 'answer',
  about: `an answer of ${tokens} tokens by the default pack, policy exact, bundled server, and the question after it`,
  async run({ runs, progress, signal }) {
    return withAsker({ signal }, async (asker) => {
      const first: Receipt[] = [];
      const next: Receipt[] = [];
      const anew: Receipt[] = [];
      const previews: number[] = [];
      for (let i = 0; i <= runs; i++) {
        progress(i === 0 ? 'Warming up' : `Conversation ${i} of ${runs}`);
        const answered = await asker.ask({ text });
        const earlier = turnsOf(answered);
        const short = await asker.ask({ text: nextText, earlier, reading: answered.reading });
        const whole = await asker.ask({ text: nextText, earlier });
        if (i === 0) continue;
        previews.push(answered.previewMs);
        first.push(answered.receipt);
        next.push(short.receipt);
        anew.push(whole.receipt);
      }
      return [row('preview', 'ms', previews), ...rowsOf(first), ...followUpRows(next, anew)];
    });
  },
};

/**
 * Receipts of `runs` answers by the bundled server, after one that warms up.
 * @param packRoot another pack than the default one.
 */
export async function measureAnswers(options: {
  readonly runs: number;
  readonly progress: (text: string) => void;
  readonly packRoot?: string;
  readonly signal: AbortSignal;
}): Promise<Receipt[]> {
  const { runs, progress } = options;
  return withAsker(options, async (asker) => {
    const receipts: Receipt[] = [];
    for (let i = 0; i <= runs; i++) {
      progress(i === 0 ? 'Warming up' : `Answer ${i} of ${runs}`);
      const { receipt } = await asker.ask({ text });
      if (i > 0) receipts.push(receipt);
    }
    return receipts;
  });
}

interface Asker {
  ask(question: Pick<MarkedQuestion, 'text' | 'earlier' | 'reading'>): Promise<Answered>;
}

interface Answered {
  readonly question: string;
  readonly marks: readonly Mark[];
  /** From text and marks to what the preview shows. */
  readonly previewMs: number;
  readonly receipt: Receipt;
  readonly reading: Reading | undefined;
}

/** A pack, its model, keys in memory and the bundled server, until `use` is done. */
async function withAsker<T>(
  { packRoot, signal }: { readonly packRoot?: string; readonly signal: AbortSignal },
  use: (asker: Asker) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const profile = openProfile('default', dir);
  const pack = await openPack(packRoot ?? packPlaces(profile).defaultPack);
  const model = await loadModel(pack);
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: profile.name, ephemeral: true }),
  );
  const ledger = new Ledger();
  const server = await reachServer({ ephemeral: true, packRoot: pack.root, profile, ledger, signal });
  try {
    const session = await openEncryptedSession({ pack, vault, server, scope: 'bench', signal });
    const asker: Asker = {
      async ask(question) {
        const words = question.text.includes(name) ? [name] : [];
        const marks = await detectSpans(question.text, words);
        const asked = { ...question, marks, policy: 'exact', maxNewTokens: tokens } as const;
        let reading: Reading | undefined;
        const began = performance.now();
        const prepared = await planQuestion(pack, model.tokenizer, asked);
        previewOf(prepared, server.connection.address, 0);
        const previewMs = performance.now() - began;
        const events = answer({
          prepared,
          model,
          remote: { session, ledger },
          sampling: defaultSampling,
          stop: [],
          signal,
          onReading: (read) => (reading = read),
        });
        let step = await events.next();
        while (!step.done) step = await events.next();
        return { question: question.text, marks, previewMs, receipt: step.value, reading };
      },
    };
    const result = await use(asker);
    session.close();
    return result;
  } finally {
    await server.close();
    await model.close();
    vault.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The conversation so far, for the question after it. */
function turnsOf({ question, marks, receipt }: Answered): readonly EarlierMessage[] {
  return [
    { role: 'user', text: question, spans: () => Promise.resolve(marks) },
    {
      role: 'assistant',
      text: receipt.text,
      tokens: receipt.tokens,
      spans: () => Promise.resolve([]),
    },
  ];
}

/** The same question after the same answer, with what that one had read and without. */
function followUpRows(next: readonly Receipt[], anew: readonly Receipt[]): Row[] {
  const firstToken = ({ time }: Receipt) => time.first_token_ms ?? NaN;
  const sent = ({ wire }: Receipt) => wire.sent;
  const rowCount = ({ rows }: Receipt) => rows.prompt - (rows.kept ?? 0);
  return [
    row('follow-up-first-token', 'ms', next.map(firstToken)),
    row('follow-up-first-token-anew', 'ms', anew.map(firstToken)),
    row('follow-up-sent', 'bytes', next.map(sent)),
    row('follow-up-sent-anew', 'bytes', anew.map(sent)),
    row('follow-up-rows', 'rows', next.map(rowCount)),
    row('follow-up-rows-anew', 'rows', anew.map(rowCount)),
  ];
}

function rowsOf(receipts: readonly Receipt[]): Row[] {
  const [first] = receipts;
  return [
    row(
      'answer-total',
      'ms',
      receipts.map(({ time }) => time.total_ms),
    ),
    row(
      'answer-first-token',
      'ms',
      receipts.map(({ time }) => time.first_token_ms ?? NaN),
    ),
    row(
      'answer-server',
      'ms',
      receipts.map(({ time }) => time.server_ms),
    ),
    row(
      'answer-crypto',
      'ms',
      receipts.map(({ time }) => time.crypto_ms),
    ),
    row(
      'answer-local',
      'ms',
      receipts.map(({ time }) => time.local_ms),
    ),
    row(
      'answer-network',
      'ms',
      receipts.map(({ time }) => time.network_ms),
    ),
    row(
      'answer-tokens',
      'tokens',
      receipts.map(({ rows }) => rows.generated),
    ),
    constant('answer-protected-rows', 'rows', first?.rows.protected ?? NaN),
    row(
      'answer-sent',
      'bytes',
      receipts.map(({ wire }) => wire.sent),
    ),
    row(
      'answer-received',
      'bytes',
      receipts.map(({ wire }) => wire.received),
    ),
    constant('evaluation-keys', 'bytes', first?.wire.keys ?? NaN),
  ];
}
